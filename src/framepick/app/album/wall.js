/* The wall: each group by its best photo, the others to be unfolded. */
const ORDERS = {
  best: () => 0,
  time: (one, other) => (one[0].at || "~").localeCompare(other[0].at || "~"),
  name: (one, other) => one[0].name.localeCompare(other[0].name, undefined, { numeric: true }),
  size: (one, other) => other.length - one.length,
};

/* Groups in the order that is wanted, of those whose best has enough stars. */
function groupsOf(photos, order, least) {
  const groups = new Map();
  for (const photo of photos) {
    if (!groups.has(photo.group)) groups.set(photo.group, []);
    groups.get(photo.group).push(photo);
  }
  const shown = [...groups.values()].filter(([best]) => best.stars >= least);
  return shown.sort(ORDERS[order] || ORDERS.best);
}

function showWall(album) {
  const { order, least } = album.component.data;
  const groups = groupsOf(album.photos, order, least);
  album.find("note").hidden = groups.length > 0;
  album.find("note").textContent = "No photo has so many stars; lower the threshold.";
  album.find("wall").replaceChildren(...groups.map((group) => makeGroup(album, group)));
  showChosen(album);
}

function makeGroup(album, group) {
  const item = makeElement("li", "group");
  item.dataset.size = group.length;
  const tiles = makeElement("div", "tiles");
  tiles.append(makeTile(album, group[0], group));
  item.append(tiles);
  if (group.length === 1) return item;
  const unfold = makeElement("button", "unfold");
  unfold.type = "button";
  const compare = makeElement("button", "compare-all", `Compare the best ${Math.min(MOST_PANES, group.length)}`);
  compare.type = "button";
  compare.addEventListener("click", () => openPanes(album, group));
  const head = makeElement("div", "head");
  head.append(unfold, compare);
  item.prepend(head);
  const show = (isOpen) => {
    item.classList.toggle("open", isOpen);
    unfold.ariaExpanded = isOpen;
    unfold.textContent = isOpen ? `Fold ${group.length} similar photos` : `+ ${group.length - 1}`;
    unfold.title = isOpen ? "" : `Unfold ${group.length} similar photos`;
    const others = isOpen ? group.slice(1).map((photo) => makeTile(album, photo, group)) : [];
    tiles.replaceChildren(tiles.firstChild, ...others);
    if (isOpen) album.unfolded.add(group[0].id); else album.unfolded.delete(group[0].id);
  };
  unfold.addEventListener("click", () => show(!item.classList.contains("open")));
  show(album.unfolded.has(group[0].id));
  return item;
}

function makeTile(album, photo, group) {
  const tile = makeElement("figure", "tile");
  tile.dataset.name = photo.name;
  const open = makeElement("button", "shot");
  open.type = "button";
  open.title = photo.why.join(". ");
  open.ariaLabel = `Look at ${photo.name}`;
  const image = makeElement("img");
  Object.assign(image, { loading: "lazy", decoding: "async", alt: photo.name, src: `${album.url}/${photo.id}/${album.sides[0]}` });
  open.append(image);
  open.addEventListener("click", () => openPanes(album, [photo]));
  const choose = makeElement("label", "choose");
  const box = makeElement("input");
  box.type = "checkbox";
  box.ariaLabel = `Compare ${photo.name}`;
  box.checked = album.chosen.has(photo.id);
  box.addEventListener("change", () => {
    if (box.checked) album.chosen.set(photo.id, photo); else album.chosen.delete(photo.id);
    showChosen(album);
  });
  choose.append(box);
  const caption = makeElement("figcaption");
  const stars = photo.veto ? makeElement("span", "veto", photo.why[0] || photo.veto) : makeElement("span", "stars", starsOf(photo));
  caption.append(stars, makeElement("span", "name", photo.name));
  if (group.length > 1 && photo === group[0]) tile.classList.add("best");
  tile.append(open, choose, caption);
  if (photo !== group[0] && photo.why.length) tile.append(makeElement("p", "why", photo.why[0]));
  return tile;
}

/* Say how many photos are chosen, and let two to four be compared. */
function showChosen(album) {
  const { find, chosen } = album;
  const isFull = chosen.size >= MOST_PANES;
  find("bar").hidden = chosen.size === 0;
  find("chosen").textContent = chosen.size === 1 ? "Choose up to three more" : `${chosen.size} chosen`;
  find("compare").disabled = chosen.size < 2;
  for (const box of find("wall").querySelectorAll(".choose input")) box.disabled = isFull && !box.checked;
}
