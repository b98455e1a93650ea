/**
 * What the store's work costs, in units that approximate the gas of proving that work on L1. The Solidity twin is
 * `contracts/src/step/Meter.sol`; `docs/store.md` says how the figures were measured. The sum is an upper bound for the
 * gas of a proof both as `16 × witness bytes + execution` and as `64 × witness bytes`.
 */

/** Every get, whatever it finds. */
export const READ = 600;

/** Every put and delete. */
export const WRITE = 1_200;

/** Every next and beginning of a scan, whatever it finds. */
export const SEARCH = 1_400;

/** Every entry that a scan comes to. */
export const SCAN_ENTRY = 700;

/** Every node that a walk visits, every time, and every branch that it passes on its way up again. */
export const VISIT = 200;

/** A node visited for the first time in a transaction that an earlier one of the chunk has touched: its new stamp. */
export const RETOUCH = 150;

/** A branch touched for the first time: its item and a bare sibling in the witness, decoding it and hashing it twice. */
export const BRANCH_TOUCH = 2_300;

/** A leaf touched for the first time, without its value. */
export const LEAF_TOUCH = 1_600;

/** A byte of a value: of a leaf first touched, of a leaf created, or by which a put lengthens a value. */
export const LEAF_BYTE = 66;

/** A leaf or a branch newly made. */
export const NODE_CREATE = 1_200;
