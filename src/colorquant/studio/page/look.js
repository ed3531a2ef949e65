// What is asked of an image. A look is {settings, colors, keep, palette, catalog} and is never changed: each edit
// gives another one.
import { channelsOf, hexOf, oklab, ofOklab } from "../shared/color.js";

export const FRESH = Object.freeze({ settings: {}, colors: null, keep: [], palette: null, catalog: null });

// What the curve depends on.
export const curveOf = ({ settings, keep, catalog }) => ({ settings, keep, catalog: catalog?.id ?? null });

export function withSettings(look, changed) {
  const settings = { ...look.settings, ...changed };
  for (const [name, value] of Object.entries(settings)) if (value === null) delete settings[name];
  return { ...look, settings };
}

// Let the criterion choose the number again.
export const chosen = (look) => ({ ...look, colors: null, palette: null });

export const withNumber = (look, colors) => ({ ...look, colors, palette: null });

export const isLocked = (look, hex) => look.keep.includes(hex);

export function lock(look, hex) {
  const keep = isLocked(look, hex) ? look.keep.filter((each) => each !== hex) : [...look.keep, hex];
  return { ...look, keep };
}

// Hold the colors as they are, whatever is locked from now on.
export const pinned = (look, palette) => ({ ...look, colors: null, palette });

// Another color in the place of one; the rest is fitted around it.
export function replaced(look, palette, from, to) {
  const keep = [...new Set([...look.keep.filter((each) => each !== from), to])];
  return { ...look, keep, colors: palette.length, palette: null };
}

export function added(look, palette, hex) {
  if (palette.includes(hex)) return { ...look, keep: [...new Set([...look.keep, hex])], colors: palette.length, palette: null };
  return { ...look, keep: [...new Set([...look.keep, hex])], colors: palette.length + 1, palette: null };
}

export function without(look, palette, hex) {
  const keep = look.keep.filter((each) => each !== hex);
  return pinned({ ...look, keep }, palette.filter((each) => each !== hex));
}

// Two colors as one, by their shares.
export function merged(look, palette, [one, other]) {
  const all = one.share + other.share || 1;
  const [a, b] = [one, other].map(({ hex }) => oklab(channelsOf(hex)));
  const hex = hexOf(ofOklab(a.map((value, axis) => (value * one.share + b[axis] * other.share) / all)));
  const rest = palette.filter((each) => each !== one.hex && each !== other.hex && each !== hex);
  const keep = look.keep.filter((each) => each !== one.hex && each !== other.hex);
  return pinned({ ...look, keep }, [...rest, hex]);
}

// Fit what is not locked again, as many colors as before.
export const refitted = (look, palette) => ({ ...look, colors: palette.length, palette: null });
