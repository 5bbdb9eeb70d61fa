"use strict";
// Filters of the claims, and one button that opens all details. Without this script the page can be read as well.
(() => {
  const form = document.getElementById("filters");
  const fields = Object.fromEntries(["paper", "verdict", "about", "text"].map((id) => [id, document.getElementById(id)]));
  const count = document.getElementById("count");
  const rows = new Map([...document.querySelectorAll("tr[data-claim]")].map((row) => [row.dataset.claim, row]));
  const claims = [...document.querySelectorAll("article.claim")].map((card) => ({ card, words: null }));
  const papers = [...document.querySelectorAll("section.paper")];

  // The words of a formula are no help here, and those of a card are read only when they are asked for.
  const words = (claim) => (claim.words ??= claim.card.textContent.toLowerCase());

  const shown = (claim) => {
    const { paper, printed, corrected } = claim.card.dataset;
    const verdicts = { "": [printed, corrected], printed: [printed], corrected: [corrected] }[fields.about.value];
    return (
      (!fields.paper.value || fields.paper.value === paper) &&
      (!fields.verdict.value || verdicts.includes(fields.verdict.value)) &&
      fields.text.value.toLowerCase().split(/\s+/).every((word) => words(claim).includes(word))
    );
  };

  const filter = () => {
    let found = 0;
    for (const claim of claims) {
      const visible = shown(claim);
      found += visible;
      claim.card.hidden = !visible;
      rows.get(claim.card.id).hidden = !visible;
    }
    for (const paper of papers) paper.hidden = !paper.querySelector("article.claim:not([hidden])");
    count.textContent = `${found} of ${claims.length} claims`;
  };

  // A link to a claim that the filters hide shows all claims again.
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target?.closest("[hidden]")) return;
    form.reset();
    target.scrollIntoView();
  };

  const unfold = document.getElementById("unfold");
  unfold.addEventListener("click", () => {
    const open = unfold.getAttribute("aria-pressed") === "false";
    for (const each of document.querySelectorAll("details")) each.open = open;
    unfold.setAttribute("aria-pressed", open);
  });

  addEventListener("hashchange", reveal);
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  // The fields are empty only after this event.
  form.addEventListener("reset", () => queueMicrotask(filter));
  form.hidden = false;
  filter();
})();
