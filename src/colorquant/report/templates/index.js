// Sorts the cards.

const list = document.getElementById("cards");
const given = [...list.children];
const number = (card, name) => Number(card.dataset[name]);
const ORDERS = {
  name: () => given,
  saved: () => [...given].sort((one, other) => number(one, "part") - number(other, "part")),
  size: () => [...given].sort((one, other) => number(other, "size") - number(one, "size")),
  colors: () => [...given].sort((one, other) => number(one, "colors") - number(other, "colors")),
};

for (const radio of document.querySelectorAll("input[name=order]")) {
  radio.addEventListener("change", () => list.replaceChildren(...ORDERS[radio.value]()));
}
