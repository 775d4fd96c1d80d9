/* The chart of the report: its links with the cards below. */
function takeLinks(chart) {
  const { film } = chart;
  for (const button of document.querySelectorAll("button[data-from]")) {
    button.hidden = false;
    const [from, to] = [Number(button.dataset.from), Number(button.dataset.to)];
    const row = () => nearest(film.times, button.dataset.at ? Number(button.dataset.at) : (from + to) / 2);
    button.addEventListener("click", () => visit(chart, from, to, row()));
  }
  for (const { element, pick } of chart.pins) {
    const card = document.getElementById("pick-" + pick.rank);
    if (!card) continue;
    card.addEventListener("pointerenter", () => element.classList.add("lit"));
    card.addEventListener("pointerleave", () => element.classList.remove("lit"));
  }
}

const film = readFilm(JSON.parse(document.getElementById("film").textContent));
const chart = makeChart(film, document, document.documentElement);
takeMouse(chart);
takeMap(chart);
takeKeys(chart);
takeButtons(chart);
takeLinks(chart);
themeListeners.push(() => {
  chart.colours = readColours(chart.styled);
  chart.hatch = null;
  paintAll(chart);
});
new ResizeObserver(chart.paint).observe(chart.stage);
if (window.matchMedia("(max-width: 700px)").matches && film.picks.length) {
  chart.cursor = film.picks[0].row;  // the place below the plot is not left empty
}
setView(chart, film.begin, film.end);
