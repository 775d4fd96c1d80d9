/* Photos: fetched when their order changes, drawn when another part of them is wanted. */
function makeAlbum(root) {
  const album = {
    find: (id) => root.querySelector(`#${id}`),
    photos: [], chosen: new Map(), unfolded: new Set(), panes: [], sides: [], version: -1, view: null, isHeat: false,
  };
  const { find } = album;
  find("compare").addEventListener("click", () => openPanes(album, [...album.chosen.values()]));
  find("clear").addEventListener("click", () => { album.chosen.clear(); showWall(album); });
  find("done").addEventListener("click", () => find("side-by-side").close());
  find("fit").addEventListener("click", () => zoom(album, 0));
  find("heat").addEventListener("click", () => {
    album.isHeat = !album.isHeat;
    showHeat(album);
  });
  find("closer").addEventListener("click", () => zoom(album, 1.6));
  find("side-by-side").addEventListener("keydown", (event) => {
    event.stopPropagation();
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || album.panes.length !== 1) return;
    const at = album.photos.indexOf(album.panes[0].photo) + step;
    if (album.photos[at]) openPanes(album, [album.photos[at]]);
  });
  return album;
}

async function fetchPhotos(album) {
  const answer = await fetch(album.url, { cache: "no-store" });
  if (!answer.ok) throw new Error("These photos are not open any more; open them again.");
  const state = await answer.json();
  Object.assign(album, { photos: state.photos, sides: state.sides, version: state.version });
  const known = new Map(album.photos.map((photo) => [photo.id, photo]));
  for (const id of [...album.chosen.keys()]) {
    if (known.has(id)) album.chosen.set(id, known.get(id)); else album.chosen.delete(id);
  }
}

const albums = new WeakMap();

export default async function (component) {
  const { parentElement, data } = component;
  let album = albums.get(parentElement);
  if (!album) {
    album = makeAlbum(parentElement);
    albums.set(parentElement, album);
  }
  album.component = component;
  const drawn = `${data.order} ${data.least}`;
  const isOther = album.url !== data.url || album.version !== data.version;
  album.url = data.url;
  try {
    if (isOther) await fetchPhotos(album);
    if (isOther || album.drawn !== drawn) showWall(album);
    album.drawn = drawn;
  } catch (error) {
    album.find("note").hidden = false;
    album.find("note").textContent = error.message;
  }
}
