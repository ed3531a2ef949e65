"use strict";
const slider = document.getElementById("slider");
const compare = document.getElementById("compare");
const toast = document.getElementById("toast");
const plane = document.getElementById("plane");
let clearing = 0;

function show() {
  compare.style.setProperty("--cut", slider.value + "%");
  slider.setAttribute("aria-valuetext", slider.value + " percent original");
}

function tell(text) {
  toast.textContent = text;
  clearTimeout(clearing);
  clearing = setTimeout(() => { toast.textContent = ""; }, 2500);
}

// For pages that the browser does not trust with the clipboard, such as some opened from a disk.
function copyBySelection(text) {
  const area = document.createElement("textarea");
  const focused = document.activeElement;
  area.value = text;
  area.setAttribute("aria-hidden", "true");
  area.style.position = "fixed";
  area.style.opacity = "0";
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  focused?.focus();
  return copied;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function light(cluster) {
  if (!plane) return;
  plane.classList.toggle("one-lit", cluster !== null);
  for (const group of plane.querySelectorAll("g[data-cluster]")) {
    group.classList.toggle("lit", group.dataset.cluster === cluster);
  }
}

slider.addEventListener("input", show);
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.addEventListener("click", async () => {
    const told = button.dataset.told ?? button.dataset.copy;
    tell(await copy(button.dataset.copy) ? `Copied ${told}.` : `Could not copy ${told}.`);
  });
}
for (const button of document.querySelectorAll("button[data-cluster]")) {
  for (const event of ["pointerenter", "focus"]) button.addEventListener(event, () => light(button.dataset.cluster));
  for (const event of ["pointerleave", "blur"]) button.addEventListener(event, () => light(null));
}
show();
