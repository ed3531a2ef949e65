// Every text of the page.

const digits = (value, most = 1) => value.toLocaleString("en-US", { maximumFractionDigits: most });

const noun = (many) => (many === 1 ? "color" : "colors");

export const colors = (many) => `${digits(many)} ${noun(many)}`;

export function size(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${digits(bytes / 1000, bytes < 1e5 ? 1 : 0)} kB` : `${digits(bytes / 1e6)} MB`;
}

export function saved(before, after) {
  const percent = Math.round(100 * (1 - after / before));
  if (!percent) return "as large as before";
  return `${Math.abs(percent)}\u202f% ${percent > 0 ? "smaller" : "larger"}`;
}

export const T = {
  title: "colorquant studio",
  open: "Open…",
  undo: "Undo",
  redo: "Redo",
  close: "Close",
  retry: "Try again",
  copy: "Copy",

  empty: {
    title: "Drop an image here",
    lead: "See how many colors suit it, choose them, and take along a smaller image, a palette or a drawing to paint.",
    choose: "Choose images…",
    paste: "or paste one from the clipboard",
    samples: "Without one at hand, try a sample:",
    local: "Nothing leaves this computer.",
    drop: "Drop to open",
    upload: "Drop to upload to the service",
  },

  steps: {
    send: (name) => `Opening ${name}`,
    original: "Showing the original",
    result: "Finding its colors",
    recolor: "Recoloring",
  },
  failed: {
    lost: "The studio’s server does not answer. If it was stopped, run colorquant studio again and open the address that it prints.",
    back: "The server answers again.",
    answer: "The server does not answer.",
    status: (status) => `The server answered with an error (${status}).`,
    unreadable: "This cannot be read. A folder cannot be opened, only files; a file that has changed has to be chosen again.",
    many: (name, why) => `${name}: ${why}`,
    notImage: "There is no image in the clipboard.",
    color: "That is not a color. Write it like #e4002b.",
  },

  stage: {
    region: "Picture",
    canvas: "The picture: the original left of the divider, the result right of it. Plus and minus zoom, arrow keys move, 0 fits, 1 shows single pixels, Enter finds the color in the middle.",
    divider: "How much of the original to show, from the left",
    divided: (percent) => `${percent} percent original`,
    zoomOut: "Zoom out",
    zoomIn: "Zoom in",
    fit: "Fit",
    single: "1:1",
    zoom: (percent) => `${digits(percent, percent < 10 ? 1 : 0)}\u202f%`,
    loupe: "Loupe",
    loupeTitle: "Compare single pixels under the pointer (L)",
    hold: "Original",
    holdTitle: "Show the original only while this is on (hold Space)",
    ground: "Behind it",
    grounds: { checks: "checks", light: "light", dark: "dark" },
    preview: "preview",
    pick: "Click a color in the picture to add it to the palette. Escape ends.",
    found: (hex, share) => `${hex}: ${share} of the picture`,
    nothing: "Nothing is visible there.",
  },
  strip: { region: "Images", show: (name) => `Show ${name}`, close: (name) => `Close ${name}` },

  facts: (doc) => `${doc.width.toLocaleString("en-US")} × ${doc.height.toLocaleString("en-US")} ${doc.format}, ${size(doc.bytes)}, ${colors(doc.distinct_colors)}`,
  outcome: (result) => `${size(result.bytes)}, ${saved(result.source_bytes, result.bytes)}`,
  difference: (error) => `a color difference of ${digits(error)}, where 1 is just noticeable`,
  spoken: (result, closeness) => `${colors(result.colors)}, ${size(result.bytes)}, ${closeness}.`,

  tabs: { region: "Tools", colors: "Colors", look: "Look", save: "Save", make: "Make", service: "Service" },

  number: {
    label: "Number of colors",
    noun,
    chosen: (k) => `${k} were chosen.`,
    back: (k) => `Back to ${k}`,
    edited: "Your own selection.",
    waiting: "Finding its colors",
    by: "Chosen by",
    quality: "Closeness",
    would: (name, k) => (k ? `${name}: ${k}` : name),
    wouldBe: (name, k) => (k ? `${name} ${k}` : name),
    names: {
      auto: "What suits the image",
      fidelity: "Closeness to the original",
      silhouette: "Silhouette",
      "silhouette-macro": "Silhouette, colors alike",
      "calinski-harabasz": "Calinski-Harabasz",
      "davies-bouldin": "Davies-Bouldin",
    },
  },

  palette: {
    title: "Palette",
    toolbar: "Colors of the palette",
    sort: "Sort by",
    orders: { share: "share", lightness: "lightness", hue: "hue" },
    none: "The image has no visible pixel, and so no palette.",
    swatch: ({ hex, name, locked }, share) => `${hex}${name ? `, ${name}` : ""}, ${share} of the picture${locked ? ", locked" : ""}`,
    chosen: "Chosen color",
    copyCode: "Copy ",
    text: (white, ratio, grade) => `${white ? "white" : "black"} text ${ratio}\u202f:\u202f1 (${grade})`,
    lock: "Lock",
    unlock: "Unlock",
    change: "Change to",
    changeTo: "Color",
    code: "Code of the color",
    remove: "Take out",
    merge: "Merge with…",
    mergeWith: "Choose the color to merge it with. Escape ends.",
    add: "Add from the picture",
    stopAdding: "Stop adding",
    addCode: "Add a code",
    addLabel: "Code to add, such as #e4002b",
    refit: "Fit the rest again",
    refitTitle: "Keeps the locked colors and fits the others again",
    locked: (many) => (many ? `${many} locked` : "Lock colors to keep them; the others are fitted around them."),
  },

  look: {
    space: "Compare colors in",
    spaces: { auto: "automatic", rgb: "RGB", oklab: "the eye’s space", cielab: "CIELAB" },
    dither: "Dithering",
    dithers: { none: "none", "floyd-steinberg": "Floyd-Steinberg", "blue-noise": "blue noise", ordered: "ordered" },
    strength: "Strength",
    transparency: "Transparency",
    transparencies: { indexed: "few opacities", exact: "exact" },
    range: "Range to choose from",
    fewest: "Fewest colors",
    most: "Most colors",
    to: "to",
    sample: "Pixels to sample",
    samples: { 1000: "1,000", 4096: "4,096", 16384: "16,384", all: "all" },
    refine: "Refine the palette on every pixel",
    reset: "Back to the defaults",
  },

  save: {
    take: "Save PNG",
    png: "PNG",
    webp: "WebP",
    report: "Report",
    image: "Image",
    lossless: "Lossless, in exactly these colors.",
    palette: "Palette",
    css: "Copy as CSS variables",
    codes: "Copy all codes",
    lines: "The same, by other means",
    command: "Command",
    python: "Python",
    lambda: "Environment of the Lambda",
    upload: "For one upload",
    copied: (what) => `the ${what}`,
    wait: "Available once the result is made.",
    larger: "Larger than the original: the original’s format suits this image better.",
  },

  make: {
    catalog: "From a catalog",
    catalogNote: "Threads, beads or paints that one can buy: a table with codes, names and colors, or any palette file. The best of them are chosen.",
    choose: "Choose a catalog…",
    drop: "Drop to use as a catalog",
    using: (name, many) => `${name}, ${colors(many)}`,
    stop: "Stop using it",
    best: "How many of them",
    exactly: "Use all of them",
    paint: "Paint by numbers",
    paper: "Paper",
    region: "Smallest area, mm²",
    pattern: "Beads and cross-stitch",
    kind: "Kind",
    kinds: { beads: "beads", "mini-beads": "mini beads", "cross-stitch": "cross-stitch" },
    cells: "Cells across",
    count: "Stitches to an inch",
    preview: "Show it",
    drawing: "Drawing …",
    paintAlt: "Paint by numbers: outlines with a number in each area, and the legend.",
    patternAlt: "Pattern: a symbol in each cell, and the legend.",
    dithered: "Dithering makes dots that nobody can paint or stitch. Turn it off first.",
    undither: "Turn dithering off",
  },

  service: {
    emulated: "Emulated on this computer",
    buckets: (input, output) => `${input} → ${output}`,
    note: "Only reads and uploads; deletes nothing.",
    upload: "Upload images…",
    settings: "Upload with",
    look: "this look",
    deployed: "its own settings",
    time: (moment) => new Date(moment).toLocaleString("en-US", { dateStyle: "medium", timeStyle: "short" }),
    none: "Nothing has been uploaded yet.",
    waiting: "waiting",
    done: "done",
    error: "failed",
    ignored: "not an image for the service",
    openIt: "Open here",
    take: "Image",
    more: "There are more; the newest are shown.",
    sent: (key) => `Uploaded ${key}.`,
    refresh: "Refresh",
  },
};
