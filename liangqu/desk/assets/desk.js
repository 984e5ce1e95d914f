"use strict";
/* Pages work without this: it keeps the live part up to date, and asks before what cannot be undone. */

const live = document.getElementById("live");
const state = document.getElementById("live-state");

const pause = document.getElementById("live-pause");
let source = null;

function say(words) {
  if (state) state.textContent = `· ${words}`;
}

function follow() {
  source = new EventSource(live.dataset.stream + window.location.search);
  source.addEventListener("part", (event) => {
    if (!live.contains(document.activeElement)) live.innerHTML = event.data;
    say(state.dataset.live);
  });
  source.addEventListener("error", () => say(state.dataset.lost));
}

function stop() {
  if (source) source.close();
  source = null;
}

if (live && state && live.dataset.stream && "EventSource" in window) {
  follow();
  window.addEventListener("pagehide", stop);
  if (pause) {
    pause.hidden = false;
    pause.textContent = pause.dataset.pause;
    pause.addEventListener("click", () => {
      if (source) {
        stop();
        say(state.dataset.paused);
      } else follow();
      pause.textContent = source ? pause.dataset.pause : pause.dataset.goOn;
    });
  }
}

const current = document.querySelector("nav [aria-current]");
if (current) current.scrollIntoView({ block: "nearest", inline: "center" });

document.addEventListener("submit", (event) => {
  const question = event.submitter && event.submitter.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

document.addEventListener("change", (event) => {
  const field = event.target;
  if (field.matches("[data-all]")) {
    for (const each of document.querySelectorAll(`input[name="${field.dataset.all}"]`)) each.checked = field.checked;
  }
});
