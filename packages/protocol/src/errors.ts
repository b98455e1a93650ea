/** One wrong field of an input: where it is, and what was expected there. */
export interface FieldError {
  /** Path of the field, such as `orders.0.price`. */
  readonly field: string;
  readonly expected: string;
}

/** The one shape in which every surface (API, command line, files) reports an error. */
export interface ErrorReport {
  readonly error: {
    /** A reason's name (see `reasons`) or one of the surface's own codes. */
    readonly code: string;
    /** A sentence for a person. */
    readonly message: string;
    readonly fields: readonly FieldError[];
  };
}

/** An error that a person can act upon: it is shown as code, sentence and fields, never as a stack trace. */
export class RecourseError extends Error {
  override readonly name = "RecourseError";
  readonly code: string;
  readonly fields: readonly FieldError[];

  constructor(code: string, message: string, fields: readonly FieldError[] = [], options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.fields = fields;
  }

  toReport(): ErrorReport {
    return { error: { code: this.code, message: this.message, fields: this.fields } };
  }
}
