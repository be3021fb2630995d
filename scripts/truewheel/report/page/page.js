// Pointing at a box highlights its lines and the boxes at their other ends. The page is complete without this.
for (const drawing of document.querySelectorAll(".graph svg")) {
  const edges = [...drawing.querySelectorAll(".edge")];
  const nodes = new Map([...drawing.querySelectorAll(".node")].map((node) => [node.dataset.node, node]));
  const mark = (number) => {
    drawing.classList.toggle("pointing", number !== null);
    for (const node of nodes.values()) node.classList.toggle("near", node.dataset.node === number);
    for (const edge of edges) {
      const near = edge.dataset.from === number || edge.dataset.to === number;
      edge.classList.toggle("near", near);
      if (near) for (const end of [edge.dataset.from, edge.dataset.to]) nodes.get(end).classList.add("near");
    }
  };
  for (const [number, node] of nodes) {
    node.addEventListener("pointerenter", () => mark(number));
    node.addEventListener("pointerleave", () => mark(null));
  }
}
