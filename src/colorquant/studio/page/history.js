// Looks that were gone through, so that each can be gone back to. They are never changed, only replaced.

export class History {
  constructor(look) {
    this.looks = [look];
    this.at = 0;
    this.kind = null;
  }

  get look() {
    return this.looks[this.at];
  }

  // Changes of one kind right after each other, such as those of a slider that moves, are one step.
  push(look, kind = null) {
    const together = kind !== null && kind === this.kind && this.at > 0;
    this.looks.splice(this.at + (together ? 0 : 1), Infinity, look);
    this.at = this.looks.length - 1;
    this.kind = kind;
  }

  // The next change is a step of its own, whatever its kind.
  rest() {
    this.kind = null;
  }

  get canUndo() {
    return this.at > 0;
  }

  get canRedo() {
    return this.at < this.looks.length - 1;
  }

  undo() {
    if (this.canUndo) this.at -= 1;
    this.rest();
  }

  redo() {
    if (this.canRedo) this.at += 1;
    this.rest();
  }
}
