// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IStep, StepContext} from "../interfaces/IStep.sol";
import {Bytes} from "./Bytes.sol";
import {Limits} from "./Limits.sol";
import {OrderedStore} from "./OrderedStore.sol";
import {Reason} from "./Reason.sol";
import {Records} from "./Records.sol";
import {Room} from "./Room.sol";
import {Step} from "./Step.sol";
import {Transactions} from "./Transactions.sol";

/// @notice The step function: the twin of `packages/engine/src/execute.ts`. It is total, so any chunk bytes give one
/// root; it reads no block, sender, gas or time of L1.
/// @dev A step contract's size is limited, and contracts do not share memory, so each kind of chunk has a step contract
/// of its own that says what its transactions do.
abstract contract Execute is IStep {
    using OrderedStore for OrderedStore.Store;

    /// @dev Bytes of the shortest transaction: no chunk has more transactions than its length by this.
    uint256 private constant SHORTEST_TRANSACTION = 4;

    /// @inheritdoc IStep
    function execute(bytes32 preRoot, StepContext calldata context, bytes calldata chunk, bytes calldata witness)
        external
        view
        returns (bytes32 postRoot, uint256 meter, bytes memory reasons)
    {
        Step memory step = _begin(preRoot, context, witness);
        reasons = new bytes(chunk.length / SHORTEST_TRANSACTION);
        uint256 position;
        assembly ("memory-safe") {
            position := chunk.offset
        }
        uint256 count = _run(step, position, position + chunk.length, reasons);
        assembly ("memory-safe") {
            mstore(reasons, count)
        }
        // Not as a part of the last transaction: what it costs must not depend on whether one was left out.
        step.store.beginTransaction();
        Records.writeGlobal(step.store, step.global);
        return (step.store.root(), step.store.chunkMeter, reasons);
    }

    /// @dev Opens a chunk on a state: a new era or term begins with its first chunk.
    function _begin(bytes32 preRoot, StepContext calldata context, bytes calldata witness)
        private
        pure
        returns (Step memory step)
    {
        step.store = OrderedStore.decode(witness, preRoot);
        step.context = context;
        step.store.charge(Limits.CHUNK_BASE);
        step.global = Records.readGlobal(step.store);
        if (step.global.era != context.era) {
            step.global.era = context.era;
            if (step.global.time < context.eraStart) step.global.time = context.eraStart;
        }
        if (step.global.term != context.term) {
            step.global.term = context.term;
            step.global.position = 0;
            step.global.runningHash = 0;
        }
    }

    /// @dev Runs what a chunk holds from a position in calldata to its end.
    /// @param reasons takes one code for each transaction or message
    /// @return count how many there were
    function _run(Step memory step, uint256 position, uint256 end, bytes memory reasons)
        internal
        pure
        virtual
        returns (uint256 count)
    {
        uint256 start = position;
        for (;;) {
            uint256 length = Transactions.lengthAt(position, end);
            if (length == 0) break;
            uint256 kind = Bytes.readCalldata(position, 1);
            step.store.beginTransaction();
            if (position - start + length > Limits.MAX_CHUNK_BYTES) break;
            if (step.store.chunkMeter + Transactions.startingUnits(kind) > Limits.CHUNK_LIMIT) break;
            step.store.charge(Limits.TRANSACTION_BASE + Limits.CHUNK_BYTE * length);
            uint256 free = Bytes.freeMemory();
            uint256 reason = _executeTransaction(step, kind, position, length);
            if (reason == Room.NEXT_CHUNK) break;
            // What is refused has put nothing into the store: its memory is given back, or it would cost ever more.
            if (reason != Reason.OK) Bytes.release(free);
            reasons[count++] = bytes1(uint8(reason));
            _extendStream(step, position, length);
            position += length;
        }
    }

    /// @dev The stream's position and running hash after one more transaction.
    function _extendStream(Step memory step, uint256 position, uint256 length) private pure {
        bytes32 runningHash = step.global.runningHash;
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, position, length)
            mstore(0x20, keccak256(free, length))
            mstore(0x00, runningHash)
            runningHash := keccak256(0x00, 0x40)
        }
        step.global.runningHash = runningHash;
        step.global.position++;
    }

    /// @dev The rules of the chunk's kind.
    /// @return reason a reason code, or NEXT_CHUNK where the chunk has no room for the transaction
    function _executeTransaction(Step memory step, uint256 kind, uint256 position, uint256 length)
        internal
        pure
        virtual
        returns (uint256 reason);
}
