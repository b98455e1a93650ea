// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OrderedStore} from "../step/OrderedStore.sol";

/// @title The ordered store, driven by a script of bytes
/// @notice For tests that compare the Solidity with its TypeScript twin, and that measure its gas.
contract OrderedStoreHarness {
    using OrderedStore for OrderedStore.Store;

    /// @notice Runs a script over the tree that a witness shows.
    /// @param script operations one after another: 0 get (key), 1 put (key, length in 2 bytes, value), 2 remove (key),
    /// 3 next (key), 4 begin a transaction, 5 charge (4 bytes), 6 root, 7 scan (key, bits in 1 byte, how many entries to
    /// read in 1 byte). A key has 16 bytes.
    /// @return log a hash chain of each operation's outcome and of both meters after it
    /// @return postRoot the root afterwards
    /// @return chunkMeter the chunk meter afterwards
    /// @return transactionMeter the transaction meter afterwards
    function run(bytes32 root, bytes calldata witness, bytes calldata script)
        external
        pure
        returns (bytes32 log, bytes32 postRoot, uint256 chunkMeter, uint256 transactionMeter)
    {
        OrderedStore.Store memory store = OrderedStore.decode(witness, root);
        log = execute(store, script, Mode.Log);
        return (log, store.root(), store.chunkMeter, store.transactionMeter);
    }

    /// @dev What to do with a script: keep the log, only run it, or only read it.
    enum Mode {
        Log,
        Run,
        Read
    }

    /// @notice Runs a script as `run` does, and tells the gas of its parts; that of reading the script is taken off.
    function measure(bytes32 root, bytes calldata witness, bytes calldata script)
        external
        view
        returns (uint256 decodeGas, uint256 scriptGas, uint256 rootGas, uint256 chunkMeter)
    {
        uint256 start = gasleft();
        OrderedStore.Store memory store = OrderedStore.decode(witness, root);
        uint256 decoded = gasleft();
        execute(store, script, Mode.Run);
        uint256 executed = gasleft();
        store.root();
        uint256 hashed = gasleft();
        execute(store, script, Mode.Read);
        uint256 scriptRead = hashed - gasleft();
        return (start - decoded, decoded - executed - scriptRead, executed - hashed, store.chunkMeter);
    }

    function execute(OrderedStore.Store memory store, bytes calldata script, Mode mode)
        private
        pure
        returns (bytes32 log)
    {
        bytes memory entry = new bytes(128);
        uint256 position = 0;
        while (position < script.length) {
            uint8 operation = uint8(script[position++]);
            bytes32 outcome = 0;
            if (operation <= 3) {
                bytes16 key = bytes16(script[position:position + 16]);
                position += 16;
                if (mode == Mode.Read) {
                    if (operation == 1) position += 2 + uint16(bytes2(script[position:position + 2]));
                } else if (operation == 0) {
                    (uint256 pointer, uint256 length) = store.get(key);
                    outcome = hashOf(pointer, length);
                } else if (operation == 1) {
                    uint256 length = uint16(bytes2(script[position:position + 2]));
                    uint256 pointer;
                    assembly ("memory-safe") {
                        pointer := mload(0x40)
                        calldatacopy(pointer, add(script.offset, add(position, 2)), length)
                    }
                    position += 2 + length;
                    store.put(key, pointer, pointer + length);
                } else if (operation == 2) {
                    outcome = store.remove(key) ? bytes32(uint256(1)) : bytes32(0);
                } else {
                    (bytes16 found, uint256 pointer, uint256 length) = store.next(key);
                    bytes32 valueHash = hashOf(pointer, length);
                    assembly ("memory-safe") {
                        mstore(0, found)
                        mstore(0x20, valueHash)
                        outcome := keccak256(0, 0x40)
                    }
                }
            } else if (operation == 7) {
                if (mode != Mode.Read) {
                    bytes16 key = bytes16(script[position:position + 16]);
                    outcome = scan(store, key, uint8(script[position + 16]), uint8(script[position + 17]));
                }
                position += 18;
            } else if (operation == 4) {
                store.beginTransaction();
            } else if (operation == 5) {
                store.charge(uint32(bytes4(script[position:position + 4])));
                position += 4;
            } else {
                outcome = store.root();
            }
            if (mode == Mode.Log) {
                uint256 chunkMeter = store.chunkMeter;
                uint256 transactionMeter = store.transactionMeter;
                assembly ("memory-safe") {
                    let start := add(entry, 0x20)
                    mstore(start, log)
                    mstore(add(start, 0x20), outcome)
                    mstore(add(start, 0x40), chunkMeter)
                    mstore(add(start, 0x60), transactionMeter)
                    log := keccak256(start, 0x80)
                }
            }
        }
    }

    /// @dev Reads entries of a scan, and returns the hash chain of them.
    function scan(OrderedStore.Store memory store, bytes16 key, uint256 bits, uint256 count)
        private
        pure
        returns (bytes32 log)
    {
        OrderedStore.Scan memory entries = store.beginScan(key, bits);
        for (uint256 read = 0; read < count && store.advance(entries); read++) {
            bytes32 valueHash = hashOf(entries.pointer, entries.length);
            bytes16 entryKey = entries.key;
            assembly ("memory-safe") {
                let free := mload(0x40)
                mstore(free, log)
                mstore(add(free, 0x20), entryKey)
                mstore(add(free, 0x40), valueHash)
                log := keccak256(free, 0x60)
            }
        }
    }

    function hashOf(uint256 pointer, uint256 length) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            hash := keccak256(pointer, length)
        }
    }
}
