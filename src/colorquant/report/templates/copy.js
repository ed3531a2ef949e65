// Texts to the clipboard, and word of it.

let clearing = 0;

export function tell(text) {
  const toast = document.getElementById("toast");
  toast.textContent = text;
  clearTimeout(clearing);
  clearing = setTimeout(() => (toast.textContent = ""), 2500);
}

export async function copy(text, told = text) {
  tell((await copied(text)) ? `Copied ${told}.` : `Could not copy ${told}.`);
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedBySelection(text);
  }
}

// For pages that the browser does not trust with the clipboard, such as some opened from a disk.
function copiedBySelection(text) {
  const area = document.createElement("textarea");
  const focused = document.activeElement;
  area.value = text;
  area.setAttribute("aria-hidden", "true");
  Object.assign(area.style, { position: "fixed", opacity: "0" });
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  focused?.focus();
  return done;
}
