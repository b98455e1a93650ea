import { concatBytes, readUint, writeUint } from "./bytes.ts";
import { keccak256 } from "./keccak.ts";
import type { AccountNumber, Cash, Seconds } from "./units.ts";

/** Kinds of inbox messages. A kind that a version does not know changes nothing but the cursor. */
export const MessageKind = { deposit: 1 } as const;

/** A message that waits on L1 to be executed by a bridge chunk. */
export interface InboxMessage {
  readonly kind: number;
  /** Who queued it on L1; 20 bytes. */
  readonly sender: Uint8Array;
  /** The L1 time of its queueing. */
  readonly time: Seconds;
  readonly body: Uint8Array;
}

/** Money paid in on L1 for an account, whose number and owner the inbox has fixed. */
export interface Deposit {
  readonly account: AccountNumber;
  /** 20 bytes. */
  readonly owner: Uint8Array;
  readonly amount: Cash;
}

export const MESSAGE_HEAD_BYTES = 27;
export const DEPOSIT_BODY_BYTES = 32;

function messageHead(message: InboxMessage): Uint8Array {
  const head = new Uint8Array(25);
  head[0] = message.kind;
  head.set(message.sender, 1);
  writeUint(head, 21, 4, message.time);
  return head;
}

/** The inbox's rolling hash after one more message: keccak(previous ‖ keccak(kind ‖ sender ‖ time ‖ body)). */
export function extendInboxHash(previous: Uint8Array, message: InboxMessage): Uint8Array {
  return keccak256(concatBytes(previous, keccak256(concatBytes(messageHead(message), message.body))));
}

/** The bytes of a bridge chunk: kind, sender, time, length of the body in two bytes, body; message after message. */
export function encodeMessages(messages: readonly InboxMessage[]): Uint8Array {
  return concatBytes(
    ...messages.map((message) => {
      const length = new Uint8Array(2);
      writeUint(length, 0, 2, message.body.length);
      return concatBytes(messageHead(message), length, message.body);
    }),
  );
}

/**
 * Reads the message at an offset of a bridge chunk.
 * @returns undefined where the bytes end before the message does
 */
export function decodeMessage(
  bytes: Uint8Array,
  offset: number,
): { readonly message: InboxMessage; readonly length: number } | undefined {
  if (offset + MESSAGE_HEAD_BYTES > bytes.length) return undefined;
  const length = MESSAGE_HEAD_BYTES + readUint(bytes, offset + 25, 2);
  if (offset + length > bytes.length) return undefined;
  return {
    message: {
      kind: bytes[offset]!,
      sender: bytes.slice(offset + 1, offset + 21),
      time: readUint(bytes, offset + 21, 4) as Seconds,
      body: bytes.slice(offset + MESSAGE_HEAD_BYTES, offset + length),
    },
    length,
  };
}

/** account (4) ‖ owner (20) ‖ amount (8). */
export function decodeDeposit(body: Uint8Array): Deposit | undefined {
  if (body.length !== DEPOSIT_BODY_BYTES) return undefined;
  return {
    account: readUint(body, 0, 4) as AccountNumber,
    owner: body.slice(4, 24),
    amount: readUint(body, 24, 8) as Cash,
  };
}

export function encodeDeposit(deposit: Deposit): Uint8Array {
  const body = new Uint8Array(DEPOSIT_BODY_BYTES);
  writeUint(body, 0, 4, deposit.account);
  body.set(deposit.owner, 4);
  writeUint(body, 24, 8, deposit.amount);
  return body;
}
