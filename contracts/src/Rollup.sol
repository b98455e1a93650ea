// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IInbox} from "./interfaces/IInbox.sol";
import {BatchInput, Chunk, ChunkInput, Config, Header, IRollup, Summary} from "./interfaces/IRollup.sol";
import {IStep, StepContext} from "./interfaces/IStep.sol";
import {IVault} from "./interfaces/IVault.sol";
import {InboxMessages} from "./libraries/InboxMessages.sol";
import {PostingLimits} from "./libraries/PostingLimits.sol";

/// @title Batches, the challenge window, fraud and bonds
contract Rollup is IRollup, ReentrancyGuardTransient {
    struct Term {
        address sequencer;
        uint64 closedAt;
        uint256 bond;
    }

    uint16 private constant PROTOCOL_VERSION = 1;
    /// @dev The step contracts that judge a batch are fixed when it is posted. There is one set so far.
    uint16 private constant VERIFIER_VERSION = 1;

    uint8 private constant TRADE = 0;
    uint8 private constant RISK = 1;
    uint8 private constant BRIDGE = 2;
    uint8 private constant BLOCK = 3;
    uint8 private constant HOUSE = 4;

    uint32 private constant UNLIMITED_CLOCK_LAG = type(uint32).max;
    uint256 private constant WHOLE_BPS = 10_000;
    address private constant BURN_ADDRESS = address(0);

    uint64 public immutable challengeWindow;
    uint64 public immutable claimPeriod;
    uint256 public immutable bondAmount;
    uint32 public immutable maxClockLag;
    uint16 public immutable proverShareBps;
    /// @dev Fixed at deployment, also where the chain's number changes later: a batch must be judged as it was executed.
    bytes32 public immutable domainSeparator;
    address public immutable inbox;
    address public immutable vault;
    address private immutable _tradeStep;
    address private immutable _riskStep;
    address private immutable _bridgeStep;
    address private immutable _blockStep;
    address private immutable _houseStep;

    address public sequencer;
    uint64 public head;
    uint32 public term;
    uint32 public era;
    uint32 public eraStart;
    mapping(uint64 index => bytes32) public batchHashes;
    mapping(uint32 termNumber => Term) public terms;

    constructor(Config memory config) {
        challengeWindow = config.challengeWindow;
        claimPeriod = config.claimPeriod;
        bondAmount = config.bondAmount;
        maxClockLag = config.maxClockLag;
        proverShareBps = config.proverShareBps;
        domainSeparator = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Recourse"),
                keccak256("1"),
                block.chainid,
                address(this)
            )
        );
        inbox = config.inbox;
        vault = config.vault;
        _tradeStep = config.steps[TRADE];
        _riskStep = config.steps[RISK];
        _bridgeStep = config.steps[BRIDGE];
        _blockStep = config.steps[BLOCK];
        _houseStep = config.steps[HOUSE];

        bool belongTogether =
            IVault(config.vault).rollup() == address(this) && IInbox(config.inbox).vault() == config.vault;
        if (!belongTogether || config.proverShareBps > WHOLE_BPS) revert InvalidConfig();
        for (uint256 kind = 0; kind < config.steps.length; kind++) {
            if (config.steps[kind].code.length == 0) revert InvalidConfig();
        }

        Summary memory genesis = Summary({
            index: 0,
            headerHash: 0,
            stateRoot: config.genesisRoot,
            term: 0,
            time: 0,
            inboxTo: 0,
            postedAt: uint64(block.timestamp)
        });
        batchHashes[0] = keccak256(abi.encode(genesis));
        emit Genesis(genesis, config.genesisParameters);
    }

    function openTerm() external payable {
        if (sequencer != address(0)) revert TermIsOpen();
        if (msg.value != bondAmount) revert WrongBond(msg.value, bondAmount);

        uint32 opened = ++term;
        terms[opened] = Term({sequencer: msg.sender, closedAt: 0, bond: msg.value});
        sequencer = msg.sender;
        emit TermOpened(opened, msg.sender, msg.value);
    }

    function closeTerm() external {
        if (msg.sender != sequencer) revert NotSequencer();

        _closeTerm();
    }

    function withdrawBond(uint32 termNumber) external nonReentrant {
        Term storage closed = terms[termNumber];
        uint256 bond = closed.bond;
        if (closed.closedAt == 0 || bond == 0) revert NoBondToWithdraw();
        // INVARIANT: no batch of a term is posted after its closing, so each of them is final by then.
        uint256 lockedUntil = uint256(closed.closedAt) + challengeWindow + claimPeriod;
        if (block.timestamp <= lockedUntil) revert BondIsLocked(lockedUntil);

        closed.bond = 0;
        emit BondWithdrawn(termNumber, closed.sequencer, bond);
        if (!LowLevelCall.callNoReturn(closed.sequencer, bond, "")) revert TransferFailed();
    }

    /// @dev Whatever could make a proof impossible is refused here, where the poster alone is held up. Any proof fits
    /// MAX_CALLDATA_BYTES as well: summary, header and offsets take 5 KB at 32 chunks, and the step meters 66 units for each
    /// byte of the chunk, of which there are at most 12,000, and at least 71 for each of the witness (2,500 for a branch
    /// and a bare sibling, 35 bytes), so that its limit of 9 million, less the chunk's base of 350,000, leaves chunk and
    /// witness 122.7 KB together.
    function post(BatchInput calldata input, bytes[] calldata data, Summary calldata parent) external {
        if (msg.sender != sequencer) revert NotSequencer();
        bytes32 parentHash = batchHashes[head];
        if (keccak256(abi.encode(parent)) != parentHash) revert NotNewestBatch();
        _checkTime(input, parent.time);
        (Chunk[] memory chunks, uint64 inboxTo) = _describeChunks(input.chunks, data, parent.inboxTo);

        uint64 index = head + 1;
        Header memory header = Header({
            version: PROTOCOL_VERSION,
            verifierVersion: VERIFIER_VERSION,
            index: index,
            parentHash: parentHash,
            preRoot: parent.stateRoot,
            term: term,
            era: era,
            eraStart: eraStart,
            time: input.time,
            l1BlockNumber: input.l1BlockNumber,
            l1BlockHash: input.l1BlockHash,
            inboxFrom: parent.inboxTo,
            inboxTo: inboxTo,
            chunks: chunks
        });
        Summary memory summary = Summary({
            index: index,
            headerHash: keccak256(abi.encode(header)),
            stateRoot: chunks[chunks.length - 1].postRoot,
            term: term,
            time: input.time,
            inboxTo: inboxTo,
            postedAt: uint64(block.timestamp)
        });
        bytes32 batchHash = keccak256(abi.encode(summary));

        head = index;
        batchHashes[index] = batchHash;
        emit BatchPosted(index, batchHash, summary, header, data);
    }

    function proveFraud(
        Summary calldata summary,
        Header calldata header,
        uint256 chunkIndex,
        bytes calldata chunk,
        bytes calldata witness
    ) external nonReentrant {
        // INVARIANT: whoever has read the logs can satisfy every check from here to the step's own; none of them depends
        // on what a batch holds. The step's failure reverts the proof and decides nothing.
        if (summary.index == 0 || !_stands(summary)) revert NoStandingBatch();
        if (keccak256(abi.encode(header)) != summary.headerHash) revert WrongHeader();
        if (chunkIndex >= header.chunks.length) revert NoSuchChunk();
        if (block.timestamp > _windowEnd(summary)) revert ChallengeWindowIsOver();
        _checkChunkBytes(header, chunkIndex, chunk);

        bytes32 correctRoot = _execute(header, chunkIndex, chunk, witness);
        bytes32 claimedRoot = header.chunks[chunkIndex].postRoot;
        if (correctRoot == claimedRoot) revert RootIsCorrect();

        _revertFrom(summary.index);
        emit BatchReverted(summary.index, chunkIndex, claimedRoot, correctRoot, era, eraStart, msg.sender);
        _convict(summary.term);
    }

    function isFinal(Summary calldata summary) external view returns (bool) {
        return _stands(summary) && (summary.index == 0 || block.timestamp > _windowEnd(summary));
    }

    function step(uint8 kind) public view returns (address) {
        if (kind == TRADE) return _tradeStep;
        if (kind == RISK) return _riskStep;
        if (kind == BRIDGE) return _bridgeStep;
        if (kind == BLOCK) return _blockStep;
        return kind == HOUSE ? _houseStep : address(0);
    }

    function _closeTerm() private {
        sequencer = address(0);
        terms[term].closedAt = uint64(block.timestamp);
    }

    function _checkTime(BatchInput calldata input, uint32 parentTime) private view {
        if (input.time < parentTime) revert TimeBeforeParent();
        if (input.time > block.timestamp) revert TimeInFuture();
        // INVARIANT: a batch's time is never before eraStart, which is the time of the last revert less the same lag.
        if (maxClockLag != UNLIMITED_CLOCK_LAG && block.timestamp - input.time > maxClockLag) revert TimeLagsBehind();
        bool isKnown = input.l1BlockHash != 0 && blockhash(input.l1BlockNumber) == input.l1BlockHash;
        if (!isKnown) revert UnknownL1Block();
    }

    function _describeChunks(ChunkInput[] calldata inputs, bytes[] calldata data, uint64 inboxFrom)
        private
        view
        returns (Chunk[] memory chunks, uint64 inboxTo)
    {
        if (inputs.length == 0 || inputs.length > PostingLimits.MAX_CHUNKS || data.length != inputs.length) {
            revert WrongChunkCount(inputs.length);
        }
        // Calldata may name the same bytes for several chunks, so their sum is checked as well as the whole.
        uint256 dataLength = 0;
        inboxTo = inboxFrom;
        chunks = new Chunk[](inputs.length);
        for (uint256 i = 0; i < inputs.length; i++) {
            ChunkInput calldata input = inputs[i];
            bool isBridge = input.kind == BRIDGE;
            if (input.kind > HOUSE) revert UnknownChunkKind(i);
            if (isBridge ? data[i].length != 0 : data[i].length == 0 || data[i].length > PostingLimits.MAX_CHUNK_BYTES) {
                revert WrongChunkLength(i);
            }
            if (isBridge != (input.messages != 0) || input.messages > PostingLimits.MAX_CHUNK_MESSAGES) {
                revert WrongMessageCount(i);
            }
            dataLength += data[i].length;
            inboxTo += input.messages;
            chunks[i] = Chunk({
                kind: input.kind, messages: input.messages, dataHash: keccak256(data[i]), postRoot: input.postRoot
            });
        }
        if (dataLength > PostingLimits.MAX_CALLDATA_BYTES) revert CalldataTooLong(dataLength);
        if (msg.data.length > PostingLimits.MAX_CALLDATA_BYTES) revert CalldataTooLong(msg.data.length);
        uint64 queued = IInbox(inbox).count();
        if (inboxTo > queued) revert InboxExceeded(inboxTo, queued);
    }

    function _stands(Summary calldata summary) private view returns (bool) {
        return summary.index <= head && keccak256(abi.encode(summary)) == batchHashes[summary.index];
    }

    /// @dev The last second in which a batch can be proved wrong.
    function _windowEnd(Summary calldata summary) private view returns (uint256) {
        return uint256(summary.postedAt) + challengeWindow;
    }

    function _checkChunkBytes(Header calldata header, uint256 chunkIndex, bytes calldata chunk) private view {
        Chunk calldata described = header.chunks[chunkIndex];
        if (described.kind == BRIDGE) {
            // Chunks of other kinds execute no messages.
            uint64 from = header.inboxFrom;
            for (uint256 i = 0; i < chunkIndex; i++) from += header.chunks[i].messages;
            (bool complete, bytes32 rollingHash) =
                InboxMessages.extendAll(IInbox(inbox).rollingHashes(from), chunk, described.messages);
            if (!complete || rollingHash != IInbox(inbox).rollingHashes(from + described.messages)) {
                revert WrongChunkBytes();
            }
        } else if (keccak256(chunk) != described.dataHash) {
            revert WrongChunkBytes();
        }
    }

    function _execute(Header calldata header, uint256 chunkIndex, bytes calldata chunk, bytes calldata witness)
        private
        view
        returns (bytes32 postRoot)
    {
        bytes32 preRoot = chunkIndex == 0 ? header.preRoot : header.chunks[chunkIndex - 1].postRoot;
        StepContext memory context = StepContext({
            era: header.era,
            eraStart: header.eraStart,
            term: header.term,
            batchTime: header.time,
            domainSeparator: domainSeparator
        });
        (postRoot,,) = IStep(step(header.chunks[chunkIndex].kind)).execute(preRoot, context, chunk, witness);
    }

    /// @dev The hashes above the head stay behind; nothing reads them until they are overwritten. So the cost is the same
    /// for any number of batches.
    function _revertFrom(uint64 index) private {
        head = index - 1;
        era += 1;
        eraStart = maxClockLag == UNLIMITED_CLOCK_LAG || block.timestamp < maxClockLag
            ? 0
            : uint32(block.timestamp - maxClockLag);
    }

    /// @dev A term is convicted for each of its wrong batches, but has one bond to lose. The event comes after the
    /// transfer because it says whether the prover took the reward; the reentrancy guard makes that harmless.
    function _convict(uint32 convictedTerm) private {
        Term storage convicted = terms[convictedTerm];
        uint256 bond = convicted.bond;
        convicted.bond = 0;
        if (convicted.sequencer == sequencer) _closeTerm();
        if (bond == 0) return;

        uint256 reward = bond * proverShareBps / WHOLE_BPS;
        if (!LowLevelCall.callNoReturn(msg.sender, reward, "")) reward = 0;
        LowLevelCall.callNoReturn(BURN_ADDRESS, bond - reward, "");
        emit BondSlashed(convictedTerm, convicted.sequencer, bond, reward);
    }
}
