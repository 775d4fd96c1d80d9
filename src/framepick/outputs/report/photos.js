/* Photos with few stars may be hidden, and all similar ones unfolded. */
const tools = document.getElementById("tools");
if (tools) {
  const least = document.getElementById("least");
  const unfold = document.getElementById("unfold");
  const shots = document.querySelectorAll("#wall > .shot");
  const select = () => {
    for (const shot of shots) shot.hidden = Number(shot.dataset.stars) < Number(least.value);
  };
  tools.hidden = false;
  least.addEventListener("change", select);
  select();
  if (unfold) unfold.addEventListener("click", () => {
    const isOpen = unfold.getAttribute("aria-pressed") !== "true";
    unfold.setAttribute("aria-pressed", isOpen);
    unfold.textContent = isOpen ? "Fold similar ones" : "Unfold similar ones";
    for (const one of document.querySelectorAll("#wall details")) one.open = isOpen;
  });
}
