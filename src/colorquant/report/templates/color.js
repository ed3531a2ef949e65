// What a color is in other notations and spaces. Colors are #rrggbb; channels go from 0 to 255.

export const channelsOf = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

export const hexOf = (channels) => `#${channels.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;

// Red lowest, as canvases hold pixels.
export const packed = ([red, green, blue]) => red | (green << 8) | (blue << 16);

// IEC 61966-2-1.
const LIGHT = Float64Array.from({ length: 256 }, (_, level) => {
  const part = level / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
});

// B. Ottosson, "A perceptual color space for image processing" (2020): the light that the eye's cones take, and
// lightness, green to red and blue to yellow from what they respond.
function cones([red, green, blue]) {
  const [r, g, b] = [LIGHT[red], LIGHT[green], LIGHT[blue]];
  return [
    0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b,
    0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b,
    0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b,
  ];
}

const opponents = ([l, m, s]) => [
  0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
  1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
  0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
];

export const oklab = (channels) => opponents(cones(channels).map(Math.cbrt));

// The sRGB color of a place in Oklab; what screens lack is cut off.
export function ofOklab([lightness, a, b]) {
  const [l, m, s] = [
    lightness + 0.3963377774 * a + 0.2158037573 * b,
    lightness - 0.1055613458 * a - 0.0638541728 * b,
    lightness - 0.0894841775 * a - 1.291485548 * b,
  ].map((response) => response ** 3);
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map((light) => {
    const part = Math.min(Math.max(light, 0), 1);
    return Math.round(255 * (part <= 0.0031308 ? 12.92 * part : 1.055 * part ** (1 / 2.4) - 0.055));
  });
}

export function oklch(channels) {
  const [lightness, a, b] = oklab(channels);
  return [lightness, Math.hypot(a, b), ((Math.atan2(b, a) * 180) / Math.PI + 360) % 360];
}

// CIE 15:2004, with sRGB's own white.
const respond = (light) => (light > (6 / 29) ** 3 ? Math.cbrt(light) : light / (3 * (6 / 29) ** 2) + 4 / 29);

function cielab([red, green, blue]) {
  const [r, g, b] = [LIGHT[red], LIGHT[green], LIGHT[blue]];
  const x = respond((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.950470);
  const y = respond(0.2126729 * r + 0.7151522 * g + 0.072175 * b);
  const z = respond((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.0888300);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

// Oklab as the engine has it: with CIELAB's response to little light, and with more weight on chroma, though less
// the more of it there is.
function eye(channels) {
  const [lightness, a, b] = opponents(cones(channels).map((light) => 1.16 * respond(light) - 0.16));
  const chroma = 5 * Math.hypot(a, b);
  const weight = 2.5 * (chroma > 0 ? Math.log1p(chroma) / chroma : 1);
  return [lightness, weight * a, weight * b];
}

// Where the engine takes distances, by the names of its spaces.
export const SPACES = { rgb: (channels) => channels, cielab, oklab: eye };

function hsl(channels) {
  const [red, green, blue] = channels.map((channel) => channel / 255);
  const most = Math.max(red, green, blue);
  const range = most - Math.min(red, green, blue);
  const lightness = most - range / 2;
  if (!range) return [0, 0, lightness];
  const turn =
    most === red ? ((green - blue) / range + 6) % 6 : most === green ? (blue - red) / range + 2 : (red - green) / range + 4;
  return [60 * turn, range / (1 - Math.abs(2 * lightness - 1)), lightness];
}

const percent = (part) => `${+(100 * part).toFixed(1)}%`;

// A color in the notations of CSS.
export function codesOf(hex) {
  const channels = channelsOf(hex);
  const [hue, saturation, middle] = hsl(channels);
  const [lightness, chroma, angle] = oklch(channels);
  // The hue of a grey is noise.
  const shown = chroma < 0.0005 ? 0 : +angle.toFixed(1);
  return {
    hex,
    rgb: `rgb(${channels.join(" ")})`,
    hsl: `hsl(${+hue.toFixed(1)} ${percent(saturation)} ${percent(middle)})`,
    oklch: `oklch(${percent(lightness)} ${+chroma.toFixed(4)} ${shown})`,
  };
}

function luminance(hex) {
  const [red, green, blue] = channelsOf(hex).map((channel) => LIGHT[channel]);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

// The contrast ratio by WCAG 2, from 1 to 21.
export function contrast(one, other) {
  const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

// Black or white, whichever has more contrast with a color.
export const textOn = (hex) => (contrast(hex, "#ffffff") > contrast(hex, "#000000") ? "#ffffff" : "#000000");

// That text, its contrast, and the grade that WCAG 2 gives it; black or white always reaches AA.
export function legible(hex) {
  const text = textOn(hex);
  const ratio = contrast(hex, text);
  return { text, ratio: ratio.toFixed(1), grade: ratio >= 7 ? "AAA" : "AA" };
}
