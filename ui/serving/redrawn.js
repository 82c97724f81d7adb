/* Streamlit writes all HTML of an element anew when a word of it changes. What a reader had opened there stays open,
   and the keyboard stays where it was: each at the same place among its like. */
(() => {
  let reached = null;
  addEventListener("focusin", (event) => { reached = event.target; });
  addEventListener("focusout", () => setTimeout(() => { reached = document.activeElement; }));
  const found = (nodes, what) =>
    [...nodes].flatMap((node) => (node.matches ? [node, ...node.querySelectorAll("*")] : []))
      .filter((node) => node.matches(what));
  new MutationObserver((changes) => {
    for (const { target, removedNodes, addedNodes } of changes) {
      if (!target.matches?.(".stHtml")) continue;
      const folds = found(addedNodes, "details");
      found(removedNodes, "details").forEach((fold, at) => { if (folds[at]) folds[at].open = fold.open; });
      const place = found(removedNodes, "[tabindex], summary").indexOf(reached);
      found(addedNodes, "[tabindex], summary")[place]?.focus({ preventScroll: true });
    }
  }).observe(document, { childList: true, subtree: true });
})();
