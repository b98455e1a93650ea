// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Meter} from "./Meter.sol";

/// @title A map from 16-byte keys to short byte values, in key order, committed by a Merkle crit-bit tree.
/// @notice The twin of `packages/store/src/orderedStore.ts`: same results, roots and meters; `docs/store.md` specifies
/// both. It works on a partial tree in memory, decoded from a witness and checked against a root.
///
/// Hashing. The empty tree is zero, a leaf `keccak256(0x00 ‖ key ‖ value)`, a branch
/// `keccak256(0x01 ‖ bit ‖ left ‖ right)`. A branch tests one bit of the key, which all bits before it do not decide; 0
/// goes left. So the shape depends on the contents alone.
///
/// Descent. Every operation begins with one: from the root by the key's bits to a leaf, whatever key that leaf has. An
/// empty tree is not walked at all. `get` and `remove` visit nothing else; a lifted sibling is not visited.
///
/// Climb. Where the leaf has another key, that differs first in bit d, `put` and `next` go up again past the branches that
/// test a bit after d. What they stop below, the last one passed or else the leaf, is the subtree at d: `put` puts its
/// branch above it.
///
/// Next. If the key has 0 in bit d, the answer is the least leaf of the subtree at d: the walk goes on from the subtree's
/// left child (or is over, where it is the leaf). If it has 1, the climb goes on past the branches at which the way went
/// right, and the answer is the least leaf right of the one it stops at: the walk goes on from that one's right child (or
/// is over without an answer, where no branch is left). It goes on by going left at every branch.
///
/// Scan. It begins with a descent by the key's first bits, those that count, and zeros after them. If the leaf begins
/// otherwise than the key, the scan is over; else it is the first entry. For each further one the walk goes on from the
/// right child of the lowest branch at which it last went left, by going left at every branch; where that branch tests a
/// bit that counts, or there is none, the scan is over.
///
/// Meters. A get costs READ, a put or remove WRITE, a next or a scan SEARCH, on an empty tree too, and each entry of a scan
/// SCAN_ENTRY. Each node visited costs VISIT, every time, and its touch where it is the first; each branch passed in a
/// climb costs VISIT. The chunk meter counts a first touch once in a proof, and RETOUCH where a later transaction comes to
/// the node again; the transaction meter counts it once in a transaction, as if nothing had been touched before. Both count
/// what is created: see `put`.
///
/// @dev A node is a pointer to its word, which is never 0. A bare hash is a pointer to a word that is: no walk takes it for
/// a node that it has touched before, and at a first touch it reverts with MissingNode. Every node's hash is kept by its
/// parent, so that a branch in memory is its own preimage but for flags:
///
///     branch: word | left hash | right hash
///       word: stamp (bits 224–255), dirty (80), right pointer (48–79), left pointer (16–47), 0x01 (8–15), bit (0–7)
///     leaf: word, and elsewhere 0x00 ‖ key ‖ value
///       word: stamp (bits 224–255), dirty (80), capacity (64–79), length (48–63), pointer to the key (16–47), 0 (0–15)
///
/// The branch's hash is that of the 66 bytes that begin two bytes before the end of its word. The stamp is the last
/// transaction that touched the node, 0 where none did. A node is dirty where its hash may be out of date; then so is
/// every node above it. The store's own first two words are laid out as a branch whose left child is the root: it tests
/// bit 128, which lies past every key and so is 0.
library OrderedStore {
    /// @notice The walk needs a node that the witness leaves out.
    error MissingNode();

    /// @notice The bytes are not the witness of a tree with the given root.
    error BadWitness();

    /// @notice A value has 1 to 65,535 bytes.
    error BadValueLength();

    struct Store {
        /// @dev As a branch's word: the pointer to the root node; BARE for the empty tree, too.
        uint256 rootWord;
        /// @dev As a branch's left hash: out of date while the root node is dirty. The tree is empty where this is 0 and
        /// the pointer is BARE.
        bytes32 rootHash;
        /// @dev The running transaction's number, from 1.
        uint256 transaction;
        uint256 chunkMeter;
        uint256 transactionMeter;
        /// @dev A pointer to STACK_BYTES of scratch. Its first word always holds the pointer to the store, so that the
        /// path of a descent, which begins at its second, has a parent for every node.
        uint256 stack;
        /// Branches above the leaf that the last get or next came to: what walking to it again visits, but for the leaf.
        uint256 depth;
    }

    /// @notice A walk over the entries whose keys begin alike.
    struct Scan {
        /// The entry that `advance` came to.
        bytes16 key;
        uint256 pointer;
        uint256 length;
        /// @dev The first leaf, until `advance` has come to it; then 0.
        uint256 first;
        /// @dev Past the last branch at which the walk went left, of those kept in the second half of the stack.
        uint256 pending;
        /// @dev How many of the key's first bits count.
        uint256 bits;
    }

    /// @dev The bit that the store's own word tests, and that a node which tests none counts as.
    uint256 private constant PAST_LAST_BIT = 128;

    /// @dev The pointer to a bare hash: the word that Solidity keeps at zero.
    uint256 private constant BARE = 0x60;

    /// @dev What decoding holds for a bare hash and, but for the pointer, for a leaf: they test no bit.
    uint256 private constant BARE_ITEM = 0x8000000060;
    uint256 private constant LEAF_ITEM = 0x8000000000;

    uint256 private constant POINTER_MASK = 0xffffffff;
    uint256 private constant DIRTY = 1 << 80;
    uint256 private constant KEY_MASK = 0xffffffffffffffffffffffffffffffff00000000000000000000000000000000;

    /// @dev In post-order, a tree of the greatest depth leaves at most one finished sibling at each level waiting for its
    /// branch, besides the last item: 128 places of two words, above two of zeros. A descent's path has at most 128
    /// branches of one word, and as many may wait in a scan.
    uint256 private constant STACK_BYTES = 130 * 64;

    /// @notice Decodes a witness into a partial tree, with both meters at 0 and the first transaction begun.
    /// @param witness items in post-order: a leaf is 0x03 ‖ length (2 bytes) ‖ key ‖ value, a bare hash 0x02 ‖ hash, a
    /// branch 0x01 ‖ bit, which takes the two items before it as its children. It is empty for the empty tree.
    /// @param expectedRoot the hash that the tree must have; anything else reverts with BadWitness
    function decode(bytes calldata witness, bytes32 expectedRoot) internal pure returns (Store memory store) {
        store.transaction = 1;
        uint256 badWitness = uint256(uint32(BadWitness.selector));
        assembly ("memory-safe") {
            function refuse(selector) {
                mstore(0, selector)
                revert(0x1c, 4)
            }

            // An item waiting for its branch has two words: its pointer (bits 0-31) with the bit that it tests (from 32),
            // and its hash. The last one is held in variables, all before it on the stack. Below the first one are two
            // places of zeros: as they test bit 0, no branch can take them for its children.
            let stack := mload(0x40)
            mstore(stack, 0)
            let top := stack
            let stackEnd := add(stack, STACK_BYTES)
            let free := stackEnd
            let lastItem := 0
            let lastHash := 0
            let position := witness.offset
            let end := add(position, witness.length)

            for {} lt(position, end) {} {
                // An item that reaches past the end is found out after the last one; nothing is believed until then.
                let head := calldataload(position)
                if eq(shr(248, head), 1) {
                    let bit := byte(1, head)
                    let left := mload(top)
                    // Bits that only grow on the way down bound the depth by 128.
                    if iszero(and(lt(bit, shr(32, left)), lt(bit, shr(32, lastItem)))) { refuse(badWitness) }
                    mstore(
                        free,
                        or(or(0x100, bit), or(shl(16, and(left, POINTER_MASK)), shl(48, and(lastItem, POINTER_MASK))))
                    )
                    mstore(add(free, 0x20), mload(add(top, 0x20)))
                    mstore(add(free, 0x40), lastHash)
                    lastItem := or(free, shl(32, bit))
                    lastHash := keccak256(add(free, 30), 66)
                    top := sub(top, 0x40)
                    free := add(free, 0x60)
                    position := add(position, 2)
                    continue
                }
                top := add(top, 0x40)
                if eq(top, stackEnd) { refuse(badWitness) }
                mstore(top, lastItem)
                mstore(add(top, 0x20), lastHash)
                if eq(shr(248, head), 2) {
                    lastItem := BARE_ITEM
                    lastHash := calldataload(add(position, 1))
                    position := add(position, 33)
                    continue
                }
                let length := and(shr(232, head), 0xffff)
                if or(xor(shr(248, head), 3), iszero(length)) { refuse(badWitness) }
                mstore(free, or(shl(16, add(free, 33)), or(shl(48, length), shl(64, length))))
                mstore(add(free, 0x20), 0)
                calldatacopy(add(free, 33), add(position, 3), add(length, 16))
                lastItem := or(free, LEAF_ITEM)
                lastHash := keccak256(add(free, 0x20), add(length, 17))
                position := add(position, add(length, 19))
                free := and(add(add(free, 80), length), not(31))
            }
            if xor(position, end) { refuse(badWitness) }

            let rootNode := BARE
            switch expectedRoot
            case 0 {
                if witness.length { refuse(badWitness) }
            }
            default {
                // One item, and the zeros that were put on the stack when it came.
                if or(xor(top, add(stack, 0x40)), xor(lastHash, expectedRoot)) { refuse(badWitness) }
                rootNode := and(lastItem, POINTER_MASK)
            }
            mstore(store, or(PAST_LAST_BIT, shl(16, rootNode)))
            mstore(add(store, 0x20), expectedRoot)
            mstore(stack, store)
            mstore(add(store, 0xa0), stack)
            mstore(0x40, free)
        }
    }

    /// @notice Starts a transaction: its meter is 0, and as far as that goes nothing is touched.
    function beginTransaction(Store memory store) internal pure {
        // INVARIANT: a proof's gas bounds the number far below the 32 bits of a stamp.
        unchecked {
            store.transaction++;
        }
        store.transactionMeter = 0;
    }

    /// @notice Adds what a rule costs to both meters.
    function charge(Store memory store, uint256 units) internal pure {
        // INVARIANT: every sum stands for gas that this proof could have spent, within a small factor.
        unchecked {
            store.chunkMeter += units;
            store.transactionMeter += units;
        }
    }

    /// @notice The value at a key.
    /// @return pointer where the value begins in memory; the bytes may change when a value is put at this key
    /// @return length how many bytes it has; 0 where the key is absent
    function get(Store memory store, bytes16 key) internal pure returns (uint256 pointer, uint256 length) {
        charge(store, Meter.READ);
        if (_isEmpty(store)) return (0, 0);
        uint256 sought = _keyWord(key);
        (uint256 leaf, uint256 pathEnd) = _descend(store, _rootNode(store), sought, 0, _path(store));
        _noteDepth(store, pathEnd);
        uint256 foundKey;
        (foundKey, pointer, length) = _open(leaf);
        if (foundKey != sought) return (0, 0);
    }

    /// @notice Sets the value at a key. A value that gets longer costs LEAF_BYTE for each byte more. A new entry costs
    /// LEAF_BYTE for each byte and NODE_CREATE for its leaf, and NODE_CREATE again for its branch unless the tree was
    /// empty.
    /// @param pointer where the value begins in memory; it is copied, and may lie past the free memory pointer
    /// @param end where it ends: it has 1 to 65,535 bytes, else this reverts with BadValueLength. Not its length, for which
    /// the compiler would make a copy of this function for every kind of record.
    function put(Store memory store, bytes16 key, uint256 pointer, uint256 end) internal pure {
        uint256 length;
        unchecked {
            length = end - pointer;
        }
        if (length == 0 || length > 0xffff) revert BadValueLength();
        charge(store, Meter.WRITE);
        uint256 sought = _keyWord(key);
        if (_isEmpty(store)) {
            _setChild(_rootHolder(store), 0, _addLeaf(store, sought, pointer, length), 0);
            return;
        }
        (uint256 leaf, uint256 pathEnd) = _descend(store, _rootNode(store), sought, DIRTY, _path(store));
        (uint256 foundKey,, uint256 oldLength) = _open(leaf);
        if (foundKey == sought) {
            if (length > oldLength) charge(store, (length - oldLength) * Meter.LEAF_BYTE);
            _replaceValue(leaf, sought, pointer, length);
        } else {
            uint256 bit = _firstBit(foundKey ^ sought);
            uint256 parent = _before(_climb(store, pathEnd, bit));
            uint256 created = _addLeaf(store, sought, pointer, length);
            _insertBranch(store, parent, bit, sought, created);
        }
    }

    /// @notice Removes the entry at a key; its sibling takes the place of the branch above the two, unvisited.
    /// @return removed whether there was one
    function remove(Store memory store, bytes16 key) internal pure returns (bool removed) {
        charge(store, Meter.WRITE);
        if (_isEmpty(store)) return false;
        uint256 sought = _keyWord(key);
        (uint256 leaf, uint256 pathEnd) = _descend(store, _rootNode(store), sought, DIRTY, _path(store));
        (uint256 foundKey,,) = _open(leaf);
        if (foundKey != sought) return false;
        uint256 branch = _before(pathEnd);
        if (branch == _rootHolder(store)) {
            _setChild(branch, 0, BARE, 0);
        } else {
            (uint256 sibling, uint256 siblingHash) = _child(branch, _side(branch, sought) ^ 1);
            uint256 parent = _before(pathEnd - 0x20);
            _setChild(parent, _side(parent, sought), sibling, siblingHash);
        }
        return true;
    }

    /// @notice The entry with the least key that is not less than the given one.
    /// @return foundKey its key
    /// @return pointer where its value begins in memory; the bytes may change when a value is put at this key
    /// @return length how many bytes the value has; 0 where there is no such entry
    function next(Store memory store, bytes16 key)
        internal
        pure
        returns (bytes16 foundKey, uint256 pointer, uint256 length)
    {
        charge(store, Meter.SEARCH);
        if (_isEmpty(store)) return (0, 0, 0);
        uint256 sought = _keyWord(key);
        (uint256 leaf, uint256 pathEnd) = _descend(store, _rootNode(store), sought, 0, _path(store));
        uint256 found;
        (found, pointer, length) = _open(leaf);
        if (found != sought) {
            uint256 bit = _firstBit(found ^ sought);
            uint256 place = _climb(store, pathEnd, bit);
            if (_bitOf(sought, bit) == 0) {
                // The subtree at the bit lies right of the key: its least leaf is the answer.
                if (place == pathEnd) {
                    _noteDepth(store, pathEnd);
                    return (bytes16(bytes32(found)), pointer, length);
                }
                (leaf,) = _child(_load(place), 0);
                place += 0x20;
            } else {
                // It lies left of the key: the answer is right of the lowest branch at which the way went left.
                place = _climbToLeftTurn(store, place, sought);
                if (place == _path(store)) return (0, 0, 0);
                (leaf,) = _child(_before(place), 1);
            }
            (leaf, pathEnd) = _descend(store, leaf, 0, 0, place);
            (found, pointer, length) = _open(leaf);
        }
        _noteDepth(store, pathEnd);
        return (bytes16(bytes32(found)), pointer, length);
    }

    /// @notice Begins a walk over the entries whose keys begin as a key does, in key order; the store must not change
    /// meanwhile, and no other scan may begin. The first entry's leaf is visited at once, each further one when `advance`
    /// comes to it.
    /// @param bits how many of the key's first bits count, 0 to 128
    function beginScan(Store memory store, bytes16 key, uint256 bits) internal pure returns (Scan memory scan) {
        charge(store, Meter.SEARCH);
        uint256 bottom = _scanStack(store);
        scan.pending = bottom;
        if (_isEmpty(store)) return scan;
        scan.bits = bits;
        // Moved out and back in, the bits that do not count are zeros.
        uint256 shift = 256 - bits;
        uint256 prefix = (_keyWord(key) >> shift) << shift;
        (uint256 leaf, uint256 pathEnd) = _descend(store, _rootNode(store), prefix, 0, bottom);
        (uint256 foundKey,,) = _open(leaf);
        if ((foundKey ^ prefix) >> shift == 0) {
            scan.first = leaf;
            scan.pending = pathEnd;
        }
    }

    /// @notice Goes on to the next entry of a scan.
    /// @return isFound whether there is one; then the scan holds its key, and where its value is in memory
    function advance(Store memory store, Scan memory scan) internal pure returns (bool isFound) {
        uint256 leaf = scan.first;
        if (leaf != 0) {
            scan.first = 0;
        } else {
            uint256 pending = scan.pending;
            if (pending == _scanStack(store)) return false;
            unchecked {
                pending -= 0x20;
            }
            uint256 branch = _load(pending);
            if (_load(branch) & 0xff < scan.bits) return false;
            (leaf,) = _child(branch, 1);
            (leaf, scan.pending) = _descend(store, leaf, 0, 0, pending);
        }
        charge(store, Meter.SCAN_ENTRY);
        uint256 foundKey;
        (foundKey, scan.pointer, scan.length) = _open(leaf);
        scan.key = bytes16(bytes32(foundKey));
        return true;
    }

    /// @notice The root hash. Only what has changed is hashed again.
    function root(Store memory store) internal pure returns (bytes32) {
        uint256 hashPlace = _rootHolder(store) + 0x20;
        uint256 top = _rootNode(store);
        assembly ("memory-safe") {
            // The dirty nodes are listed past the allocated memory, each after the node above it, and hashed in the
            // reverse order. A word of the list is a pointer (bits 0-31), and where the node's hash goes (from 32).
            let list := mload(0x40)
            let end := list
            if and(mload(top), DIRTY) {
                mstore(end, or(top, shl(32, hashPlace)))
                end := add(end, 0x20)
            }
            for { let place := list } lt(place, end) { place := add(place, 0x20) } {
                let node := and(mload(place), POINTER_MASK)
                let word := mload(node)
                if and(word, 0x100) {
                    let child := and(shr(16, word), POINTER_MASK)
                    if and(mload(child), DIRTY) {
                        mstore(end, or(child, shl(32, add(node, 0x20))))
                        end := add(end, 0x20)
                    }
                    child := and(shr(48, word), POINTER_MASK)
                    if and(mload(child), DIRTY) {
                        mstore(end, or(child, shl(32, add(node, 0x40))))
                        end := add(end, 0x20)
                    }
                }
                mstore(node, and(word, not(DIRTY)))
            }
            for {} gt(end, list) {} {
                end := sub(end, 0x20)
                let item := mload(end)
                let node := and(item, POINTER_MASK)
                let preimage := add(node, 30)
                let length := 66
                let word := mload(node)
                if iszero(and(word, 0x100)) {
                    preimage := sub(and(shr(16, word), POINTER_MASK), 1)
                    length := add(17, and(shr(48, word), 0xffff))
                }
                mstore(shr(32, item), keccak256(preimage, length))
            }
        }
        return store.rootHash;
    }

    /// @dev Goes from a node downward by a key's bits and visits each node.
    /// @param mark DIRTY where the nodes on the way may be changed, else 0
    /// @param path where in the stack the branches on the way are put
    /// @return leaf the leaf at the end
    /// @return pathEnd past the last branch
    function _descend(Store memory store, uint256 from, uint256 key, uint256 mark, uint256 path)
        private
        pure
        returns (uint256 leaf, uint256 pathEnd)
    {
        uint256 missingNode = uint256(uint32(MissingNode.selector));
        uint256 visit = Meter.VISIT;
        uint256 retouch = Meter.RETOUCH;
        uint256 branchTouch = Meter.BRANCH_TOUCH;
        uint256 leafTouch = Meter.LEAF_TOUCH;
        uint256 leafByte = Meter.LEAF_BYTE;
        assembly ("memory-safe") {
            let transaction := mload(add(store, 0x40))
            let chunkCost := 0
            let transactionCost := 0
            leaf := from
            pathEnd := path
            for {} 1 {} {
                let word := mload(leaf)
                let stamp := shr(224, word)
                if xor(stamp, transaction) {
                    if iszero(word) {
                        mstore(0, missingNode)
                        revert(0x1c, 4)
                    }
                    let cost := branchTouch
                    if iszero(and(word, 0x100)) {
                        cost := add(leafTouch, mul(leafByte, and(shr(48, word), 0xffff)))
                    }
                    transactionCost := add(transactionCost, cost)
                    if stamp { cost := retouch }
                    chunkCost := add(chunkCost, cost)
                    word := or(shl(224, transaction), shr(32, shl(32, word)))
                }
                mstore(leaf, or(word, mark))
                if iszero(and(word, 0x100)) { break }
                mstore(pathEnd, leaf)
                pathEnd := add(pathEnd, 0x20)
                // 32 where the way goes right: as far above the left pointer is the right one.
                let side := and(shr(sub(250, and(word, 0xff)), key), 32)
                leaf := and(shr(add(16, side), word), POINTER_MASK)
            }
            let visits := mul(visit, add(1, shr(5, sub(pathEnd, path))))
            let meter := add(store, 0x60)
            mstore(meter, add(mload(meter), add(chunkCost, visits)))
            meter := add(store, 0x80)
            mstore(meter, add(mload(meter), add(transactionCost, visits)))
        }
    }

    /// @dev Climbs past the branches that test a bit after the given one.
    /// @return place where in the stack the last branch passed is, the path's end where none was: the word before it holds
    /// the parent of the subtree that all keys on this way with the other bit lie beside
    function _climb(Store memory store, uint256 pathEnd, uint256 bit) private pure returns (uint256 place) {
        uint256 path = _path(store);
        assembly ("memory-safe") {
            place := pathEnd
            for {} gt(place, path) { place := sub(place, 0x20) } {
                if iszero(gt(and(mload(mload(sub(place, 0x20))), 0xff), bit)) { break }
            }
        }
        _chargeClimb(store, pathEnd - place);
    }

    /// @dev Climbs past the branches at which the way to a key goes right.
    /// @param place past the branch to begin with
    /// @return turn past the one at which the way goes left; where the path begins, if there is none
    function _climbToLeftTurn(Store memory store, uint256 place, uint256 key) private pure returns (uint256 turn) {
        uint256 path = _path(store);
        turn = place;
        assembly ("memory-safe") {
            for {} gt(turn, path) { turn := sub(turn, 0x20) } {
                let branch := mload(sub(turn, 0x20))
                if iszero(and(shr(sub(255, and(mload(branch), 0xff)), key), 1)) { break }
            }
        }
        _chargeClimb(store, place - turn);
    }

    /// @dev Notes how many branches a path that ends there has.
    function _noteDepth(Store memory store, uint256 pathEnd) private pure {
        unchecked {
            store.depth = (pathEnd - _path(store)) >> 5;
        }
    }

    /// @dev Charges for the branches passed, each a word of the path.
    function _chargeClimb(Store memory store, uint256 pathBytes) private pure {
        if (pathBytes == 0) return;
        unchecked {
            charge(store, (pathBytes >> 5) * Meter.VISIT);
        }
    }

    /// @dev Puts a new branch between a parent and its child on the way to a key, beside a new leaf for this key.
    function _insertBranch(Store memory store, uint256 parent, uint256 bit, uint256 key, uint256 created) private pure {
        charge(store, Meter.NODE_CREATE);
        uint256 side = _side(parent, key);
        (uint256 sibling, uint256 siblingHash) = _child(parent, side);
        uint256 branchWord = (store.transaction << 224) | DIRTY | 0x100 | bit;
        uint256 branch;
        assembly ("memory-safe") {
            branch := mload(0x40)
            mstore(0x40, add(branch, 0x60))
            mstore(branch, branchWord)
        }
        uint256 createdSide = _bitOf(key, bit);
        _setChild(branch, createdSide, created, 0);
        _setChild(branch, createdSide ^ 1, sibling, siblingHash);
        _setChild(parent, side, branch, 0);
    }

    /// @dev Makes a leaf, touched and charged for.
    function _addLeaf(Store memory store, uint256 key, uint256 pointer, uint256 length)
        private
        pure
        returns (uint256 leaf)
    {
        charge(store, Meter.NODE_CREATE + length * Meter.LEAF_BYTE);
        // The value is copied first: it may lie where the leaf's word goes.
        leaf = _addPreimage(key, pointer, length, length);
        uint256 word = (store.transaction << 224) | DIRTY | _leafWord(leaf + 33, length, length);
        assembly ("memory-safe") {
            mstore(leaf, word)
        }
    }

    /// @dev Replaces a dirty leaf's value, in place where the old one's memory suffices. A value that outgrows it gets
    /// twice what it needs, so that the memory of values that grow byte by byte stays in proportion to their charges.
    function _replaceValue(uint256 leaf, uint256 key, uint256 pointer, uint256 length) private pure {
        uint256 word = _load(leaf);
        uint256 keyPointer = (word >> 16) & POINTER_MASK;
        uint256 capacity = (word >> 64) & 0xffff;
        if (length <= capacity) {
            assembly ("memory-safe") {
                mcopy(add(keyPointer, 16), pointer, length)
            }
        } else {
            capacity = length > 0x7fff ? 0xffff : 2 * length;
            keyPointer = _addPreimage(key, pointer, length, capacity) + 33;
        }
        word = ((word >> 80) << 80) | _leafWord(keyPointer, length, capacity);
        assembly ("memory-safe") {
            mstore(leaf, word)
        }
    }

    /// @dev Takes memory for one word and, after it, a leaf's preimage of some capacity, and writes the preimage.
    /// @return start where the word is
    function _addPreimage(uint256 key, uint256 pointer, uint256 length, uint256 capacity)
        private
        pure
        returns (uint256 start)
    {
        assembly ("memory-safe") {
            start := mload(0x40)
            mstore(0x40, and(add(add(start, 80), capacity), not(31)))
            mcopy(add(start, 49), pointer, length)
            // Ends with the key, which 0x00 comes before.
            mstore(add(start, 17), shr(128, key))
        }
    }

    /// @dev A leaf's word without stamp and flag.
    function _leafWord(uint256 keyPointer, uint256 length, uint256 capacity) private pure returns (uint256) {
        return (keyPointer << 16) | (length << 48) | (capacity << 64);
    }

    /// @dev A leaf's key, and its value's place and length.
    function _open(uint256 leaf) private pure returns (uint256 key, uint256 pointer, uint256 length) {
        assembly ("memory-safe") {
            let word := mload(leaf)
            pointer := and(shr(16, word), POINTER_MASK)
            key := and(mload(pointer), KEY_MASK)
            pointer := add(pointer, 16)
            length := and(shr(48, word), 0xffff)
        }
    }

    /// @dev A branch's child on a side, 0 for left: its pointer and its hash, which is out of date where it is dirty.
    function _child(uint256 branch, uint256 side) private pure returns (uint256 child, uint256 hash) {
        assembly ("memory-safe") {
            child := and(shr(add(16, shl(5, side)), mload(branch)), POINTER_MASK)
            hash := mload(add(add(branch, 0x20), shl(5, side)))
        }
    }

    /// @dev Sets a branch's child on a side: its pointer, and its hash, any where it is dirty.
    function _setChild(uint256 branch, uint256 side, uint256 child, uint256 hash) private pure {
        assembly ("memory-safe") {
            let shift := add(16, shl(5, side))
            mstore(branch, or(and(mload(branch), not(shl(shift, POINTER_MASK))), shl(shift, child)))
            mstore(add(add(branch, 0x20), shl(5, side)), hash)
        }
    }

    /// @dev The side of a branch to which a key belongs: 0 for left, 1 for right.
    function _side(uint256 branch, uint256 key) private pure returns (uint256) {
        return _bitOf(key, _load(branch) & 0xff);
    }

    /// @dev A bit of a key, bit 0 the most significant; bit 128 is 0.
    function _bitOf(uint256 key, uint256 bit) private pure returns (uint256) {
        unchecked {
            return (key >> (255 - bit)) & 1;
        }
    }

    /// @dev The first bit that is set in the difference of two keys, which is not 0.
    function _firstBit(uint256 difference) private pure returns (uint256 bit) {
        assembly ("memory-safe") {
            let rest := shr(128, difference)
            // Halves what may hold the highest bit until one bit is left.
            let highest := shl(6, lt(0xffffffffffffffff, rest))
            highest := or(highest, shl(5, lt(0xffffffff, shr(highest, rest))))
            highest := or(highest, shl(4, lt(0xffff, shr(highest, rest))))
            highest := or(highest, shl(3, lt(0xff, shr(highest, rest))))
            highest := or(highest, shl(2, lt(0xf, shr(highest, rest))))
            highest := or(highest, shl(1, lt(0x3, shr(highest, rest))))
            highest := or(highest, lt(0x1, shr(highest, rest)))
            bit := sub(127, highest)
        }
    }

    function _isEmpty(Store memory store) private pure returns (bool) {
        return store.rootHash == 0 && _rootNode(store) == BARE;
    }

    /// @dev The pointer to the root node; BARE for the empty tree, too.
    function _rootNode(Store memory store) private pure returns (uint256) {
        return (store.rootWord >> 16) & POINTER_MASK;
    }

    /// @dev The store's first words taken as a branch, whose left child is the root node.
    function _rootHolder(Store memory store) private pure returns (uint256 holder) {
        assembly ("memory-safe") {
            holder := store
        }
    }

    /// @dev Where in the stack a descent's path begins.
    function _path(Store memory store) private pure returns (uint256) {
        unchecked {
            return store.stack + 0x20;
        }
    }

    /// @dev Where in the stack, past all that a path can take, a scan keeps its branches.
    function _scanStack(Store memory store) private pure returns (uint256) {
        unchecked {
            return store.stack + STACK_BYTES / 2;
        }
    }

    /// @dev A key as the upper half of a word, the lower half clear.
    function _keyWord(bytes16 key) private pure returns (uint256) {
        return uint256(uint128(key)) << 128;
    }

    /// @dev The word before a place in the stack.
    function _before(uint256 place) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(sub(place, 0x20))
        }
    }

    function _load(uint256 pointer) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(pointer)
        }
    }
}
