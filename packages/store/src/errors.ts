/** A walk came upon a bare hash: the witness that a partial tree was made from leaves out a node that is needed. */
export class MissingNodeError extends Error {
  override readonly name = "MissingNodeError";

  constructor() {
    super("The witness leaves out a node that this operation needs.");
  }
}

/** Bytes that are not the witness of a tree with the given root. */
export class WitnessError extends Error {
  override readonly name = "WitnessError";
}
