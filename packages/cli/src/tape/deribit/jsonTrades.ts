import { malformedExport, maxRecordCharacters, type Place } from "./exportError.ts";
import type { TradeSink } from "./tradeSource.ts";

/** Members under which answers and notifications of the exchange hold their trades. */
const tradeLists: ReadonlySet<string> = new Set(["trades", "result", "data"]);

/**
 * A list is `undecided` until its first character: one of objects is looked through for trades, any other is a value
 * like all others. `after` is behind a trade of a list, `comma` behind the comma.
 */
type ListState = "plain" | "undecided" | "after" | "comma";

/** An open bracket. */
interface Frame {
  readonly close: "}" | "]";
  list: ListState;
  /** The name of the member that is being read. */
  name: string;
  /** What the name is taken from: the last string of this object. */
  lastString: string;
}

/** An object that is a trade, or that holds trades. */
interface Item {
  /** What has been read of it, without the trades that it holds. */
  text: string;
  /** Open brackets outside of it. */
  readonly depth: number;
  readonly place: Place;
  holdsTrades: boolean;
}

/**
 * Finds trades in JSON text that comes in pieces: answers of the exchange, lists of trades, single trades, one after
 * another in any mixture. Only one object is in memory at a time, however long the list that it stands in. Numbers stay
 * as they are written.
 */
export class JsonTrades {
  readonly #file: string;
  readonly #sink: TradeSink;
  readonly #frames: Frame[] = [];
  readonly #items: Item[] = [];
  /** Where a list that stands in no object begins. */
  #outerList: Place | undefined;
  #line = 1;
  /** Added to a place in the current piece, it gives the column. */
  #columnOffset = 1;
  #isInString = false;
  #isEscaped = false;
  #stringStart = 0;
  /** What earlier pieces had of the string that is being read. */
  #stringText = "";
  /** Where the part of the piece begins that the current item has not taken yet. */
  #taken = 0;

  constructor(file: string, sink: TradeSink) {
    this.#file = file;
    this.#sink = sink;
  }

  /** @throws RecourseError `MalformedTrades` with the place of what is no JSON */
  push(piece: string): void {
    this.#taken = 0;
    this.#stringStart = 0;
    for (let at = 0; at < piece.length; at++) {
      const code = piece.charCodeAt(at);
      if (this.#isInString) {
        at = this.#readString(piece, at);
        continue;
      }
      switch (code) {
        case 0x0a:
          this.#line++;
          this.#columnOffset = -at;
          break;
        case 0x20:
        case 0x09:
        case 0x0d:
          break;
        default:
          this.#readToken(piece, at);
      }
    }
    if (this.#isInString) this.#stringText += piece.slice(this.#stringStart);
    const list = this.#frames.at(-1)?.list;
    if (list === "plain" || list === "undecided") this.#take(piece, piece.length);
    this.#columnOffset += piece.length;
  }

  /** @throws RecourseError `MalformedTrades` where the text ends within a value */
  end(): void {
    const outermost = this.#items[0]?.place ?? this.#outerList;
    if (outermost) throw malformedExport(outermost, "JSON with an end: the file ends before its last bracket");
  }

  /** Reads on within a string. @returns the place of its last character in this piece */
  #readString(piece: string, start: number): number {
    for (let at = start; at < piece.length; at++) {
      const code = piece.charCodeAt(at);
      if (this.#isEscaped) this.#isEscaped = false;
      else if (code === 0x5c) this.#isEscaped = true;
      else if (code === 0x22) {
        this.#isInString = false;
        this.#frames.at(-1)!.lastString = this.#stringText + piece.slice(this.#stringStart, at);
        this.#stringText = "";
        return at;
      }
    }
    return piece.length;
  }

  #readToken(piece: string, at: number): void {
    const character = piece[at]!;
    const frame = this.#frames.at(-1);
    if (frame === undefined) this.#readOutermost(at, character);
    else if (frame.list === "plain") this.#readInValue(piece, at, character, frame);
    else this.#readInList(piece, at, character, frame);
  }

  /** Reads outside of all brackets. */
  #readOutermost(at: number, character: string): void {
    if (character === "{") {
      this.#openItem(at);
    } else if (character === "[") {
      this.#outerList = this.#place(at);
      this.#open("]", "undecided");
    } else throw malformedExport(this.#place(at), "JSON: an object or a list");
  }

  /** Reads between the trades of a list, and a list's first character. */
  #readInList(piece: string, at: number, character: string, frame: Frame): void {
    if (frame.list === "undecided") {
      const item = this.#items.at(-1);
      if (item && (character === "{" || character === "]")) item.holdsTrades = true;
      if (character === "{") {
        this.#take(piece, at);
        this.#openItem(at);
      } else if (item || character === "]") {
        frame.list = "plain";
        this.#readInValue(piece, at, character, frame);
      } else throw malformedExport(this.#place(at), "an object, a trade");
    } else if (frame.list === "comma") {
      if (character !== "{") throw malformedExport(this.#place(at), "an object, a trade");
      this.#openItem(at);
    } else if (character === ",") {
      frame.list = "comma";
    } else if (character === "]") {
      this.#taken = at;
      this.#close(piece, at, character, frame);
    } else throw malformedExport(this.#place(at), "a comma or the end of the list");
  }

  #readInValue(piece: string, at: number, character: string, frame: Frame): void {
    switch (character) {
      case '"':
        this.#isInString = true;
        this.#stringStart = at + 1;
        break;
      case ":":
        frame.name = frame.lastString;
        break;
      case "{":
        this.#open("}", "plain");
        break;
      case "[":
        this.#open("]", this.#mayHoldTrades(frame) ? "undecided" : "plain");
        break;
      case "}":
      case "]":
        this.#close(piece, at, character, frame);
        break;
    }
  }

  #close(piece: string, at: number, character: string, { close }: Frame): void {
    if (close !== character) throw malformedExport(this.#place(at), `${close}, to match its bracket`);
    this.#frames.pop();
    if (this.#frames.length === 0) this.#outerList = undefined;
    if (this.#frames.length === this.#items.at(-1)?.depth) this.#closeItem(piece, at + 1);
  }

  #open(close: Frame["close"], list: ListState): void {
    this.#frames.push({ close, list, name: "", lastString: "" });
  }

  /** A list holds trades where the exchange puts them: under one of some names, in objects within objects. */
  #mayHoldTrades(frame: Frame): boolean {
    const { depth } = this.#items.at(-1)!;
    return tradeLists.has(frame.name) && this.#frames.slice(depth).every(({ close }) => close === "}");
  }

  #openItem(at: number): void {
    this.#items.push({ text: "", depth: this.#frames.length, place: this.#place(at), holdsTrades: false });
    this.#open("}", "plain");
    this.#taken = at;
  }

  #closeItem(piece: string, end: number): void {
    this.#take(piece, end);
    const { text, place, holdsTrades } = this.#items.pop()!;
    const object = parseObject(text, place);
    const list = this.#frames.at(-1);
    if (list) list.list = "after";
    if (!holdsTrades) this.#sink(object, place);
  }

  /** Gives the current item what the piece has for it up to a place. */
  #take(piece: string, end: number): void {
    const item = this.#items.at(-1);
    if (item) {
      item.text += piece.slice(this.#taken, end);
      if (item.text.length > maxRecordCharacters) {
        throw malformedExport(item.place, `an object of at most ${maxRecordCharacters} characters beside its trades`);
      }
    }
    this.#taken = end;
  }

  #place(at: number): Place {
    return { file: this.#file, line: this.#line, column: at + this.#columnOffset };
  }
}

/** The standard's reviver is told how a number is written; the compiler's library does not know yet. */
type ParseWithSource = (
  text: string,
  reviver: (name: string, value: unknown, context: { readonly source?: string }) => unknown,
) => unknown;

/** Parses an object. Its numbers become the text that they are written as. */
function parseObject(text: string, place: Place): Readonly<Record<string, unknown>> {
  try {
    const parse = JSON.parse as ParseWithSource;
    return parse(text, (_, value, { source }) => (typeof value === "number" ? source : value)) as Record<
      string,
      unknown
    >;
  } catch (cause) {
    // The parser counts from the object's first character.
    const message = (cause as Error).message.replace(/ ?(in JSON )?at position.*$|, ".*$/s, "");
    throw malformedExport(place, `the beginning of a JSON object (${message})`, cause);
  }
}
