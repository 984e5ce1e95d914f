"use strict";
/* Pages work without this: it keeps the live part up to date, and asks before what cannot be undone. */

const live = document.getElementById("live");
const state = document.getElementById("live-state");

if (live && live.dataset.stream && "EventSource" in window) {
  const source = new EventSource(live.dataset.stream + window.location.search);
  source.addEventListener("part", (event) => {
    if (!live.contains(document.activeElement)) {
      live.innerHTML = event.data;
    }
    if (state) state.textContent = `· ${state.dataset.live}`;
  });
  source.addEventListener("error", () => {
    if (state) state.textContent = `· ${state.dataset.lost}`;
  });
  window.addEventListener("pagehide", () => source.close());
}

document.addEventListener("submit", (event) => {
  const question = event.submitter && event.submitter.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

document.addEventListener("change", (event) => {
  const field = event.target;
  if (field.matches("[data-submit]")) field.form.requestSubmit();
  if (field.matches("[data-all]")) {
    for (const each of document.querySelectorAll(`input[name="${field.dataset.all}"]`)) each.checked = field.checked;
  }
});
