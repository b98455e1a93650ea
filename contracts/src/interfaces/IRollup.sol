// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What a poster states of one chunk.
struct ChunkInput {
    /// 0 trade, 1 risk, 2 bridge, 3 block, 4 house.
    uint8 kind;
    /// Inbox messages that a bridge chunk executes; 0 for the other kinds.
    uint16 messages;
    bytes32 postRoot;
}

/// @notice What a poster states of a batch; everything else in the header is the contract's.
struct BatchInput {
    /// No tick of the batch is later than this, in seconds.
    uint32 time;
    /// A recent L1 block, so that the batch cannot be posted on another fork.
    uint64 l1BlockNumber;
    bytes32 l1BlockHash;
    ChunkInput[] chunks;
}

struct Chunk {
    uint8 kind;
    uint16 messages;
    /// keccak of the chunk's bytes; of no bytes for a bridge chunk, whose content is the inbox's.
    bytes32 dataHash;
    bytes32 postRoot;
}

/// @notice Everything that a proof is judged by.
struct Header {
    uint16 version;
    uint16 verifierVersion;
    uint64 index;
    /// The hash of the parent's summary.
    bytes32 parentHash;
    /// The state root before the first chunk: the parent's last.
    bytes32 preRoot;
    uint32 term;
    uint32 era;
    uint32 eraStart;
    uint32 time;
    uint64 l1BlockNumber;
    bytes32 l1BlockHash;
    uint64 inboxFrom;
    uint64 inboxTo;
    Chunk[] chunks;
}

/// @notice What later batches, withdrawals and finality need of a batch. The rollup stores the hash of this, and nothing
/// else, for each batch.
struct Summary {
    uint64 index;
    bytes32 headerHash;
    bytes32 stateRoot;
    uint32 term;
    uint32 time;
    uint64 inboxTo;
    uint64 postedAt;
}

/// @notice What a deployment fixes for good.
struct Config {
    bytes32 genesisRoot;
    /// The value of the state's parameters record, for nodes that start from L1 alone.
    bytes genesisParameters;
    /// Seconds in which a batch can be proved wrong.
    uint64 challengeWindow;
    /// Seconds for which the bond of a closed term stays locked after its last batch is final.
    uint64 claimPeriod;
    /// In wei.
    uint256 bondAmount;
    /// Seconds that a batch's time may lag L1's; 2^32 - 1 is no limit.
    uint32 maxClockLag;
    /// The prover's share of a convicted poster's bond, in hundredths of a percent.
    uint16 proverShareBps;
    /// The step contracts by kind of chunk: trade, risk, bridge, block, house.
    address[5] steps;
    address inbox;
    address vault;
}

/// @notice Batches, the challenge window, fraud and bonds.
interface IRollup {
    /// @notice The state before the first batch, as the summary that the first batch names as its parent; `parameters`
    /// is the value of the state's parameters record.
    event Genesis(Summary summary, bytes parameters);
    /// @notice A sequencer put down its bond and has the right to post.
    event TermOpened(uint32 indexed term, address indexed sequencer, uint256 bond);
    /// @notice A batch stands until it is proved wrong. `data` holds the bytes of each chunk, empty for bridge chunks.
    event BatchPosted(uint64 indexed index, bytes32 indexed batchHash, Summary summary, Header header, bytes[] data);
    /// @notice A chunk's root was wrong: the batch and all after it are gone.
    event BatchReverted(
        uint64 indexed index, uint256 chunkIndex, bytes32 claimedRoot, bytes32 correctRoot, uint32 era, uint32 eraStart, address prover
    );
    /// @notice The bond of a convicted poster was taken: `reward` went to the prover, the rest was burned.
    event BondSlashed(uint32 indexed term, address indexed sequencer, uint256 bond, uint256 reward);
    event BondWithdrawn(uint32 indexed term, address indexed sequencer, uint256 bond);

    /// @notice The deployment's parts do not belong together, or a share is above one.
    error InvalidConfig();
    /// @notice A term is open already.
    error TermIsOpen();
    error WrongBond(uint256 sent, uint256 required);
    error NotSequencer();
    /// @notice The term is open, or its bond was taken or withdrawn.
    error NoBondToWithdraw();
    error BondIsLocked(uint256 untilTime);
    error TransferFailed();

    /// @notice The parent that a post names is not the newest standing batch.
    error NotNewestBatch();
    error CalldataTooLong(uint256 length);
    error WrongChunkCount(uint256 count);
    error UnknownChunkKind(uint256 chunkIndex);
    error WrongChunkLength(uint256 chunkIndex);
    error WrongMessageCount(uint256 chunkIndex);
    /// @notice The batch executes messages that are not queued.
    error InboxExceeded(uint256 inboxTo, uint256 count);
    error TimeBeforeParent();
    error TimeInFuture();
    error TimeLagsBehind();
    /// @notice The L1 block is not among the last 256, or has another hash.
    error UnknownL1Block();

    /// @notice No standing batch after the genesis has this summary.
    error NoStandingBatch();
    error WrongHeader();
    error NoSuchChunk();
    error ChallengeWindowIsOver();
    /// @notice The bytes are not those of the chunk; for a bridge chunk, not its inbox messages.
    error WrongChunkBytes();
    /// @notice Executing the chunk gives the root that its poster stated.
    error RootIsCorrect();

    /// @notice Puts down the bond (`msg.value`) and opens a term; possible while no term is open.
    function openTerm() external payable;
    /// @notice Ends one's own term; the bond can be withdrawn when its last batch is final and the claim period is over.
    function closeTerm() external;
    /// @notice Pays a closed term's bond back to its sequencer.
    function withdrawBond(uint32 termNumber) external;

    /// @notice Posts a batch on the newest one.
    /// @param input what the poster states
    /// @param data the bytes of each chunk
    /// @param parent the summary of the newest batch
    function post(BatchInput calldata input, bytes[] calldata data, Summary calldata parent) external;

    /// @notice Proves that the root of a chunk is wrong, by executing the chunk.
    /// @param summary the batch's summary (its header hash must be that of `header`)
    /// @param header the batch's header
    /// @param chunkIndex the place of the wrong chunk in the header
    /// @param chunk the chunk's bytes; for a bridge chunk, its inbox messages
    /// @param witness the part of the state that the chunk touches
    /// @dev Reverts where the proof is no proof, and for no other reason. The convicted poster's open term, if any, is
    /// closed; an open term of anybody else stays open with its bond, and its sequencer posts its stream anew.
    function proveFraud(
        Summary calldata summary, Header calldata header, uint256 chunkIndex, bytes calldata chunk, bytes calldata witness
    ) external;

    /// @notice Index of the newest standing batch; 0 is the genesis.
    function head() external view returns (uint64);
    /// @notice The stored hash of a batch. Hashes above the head are not valid.
    function batchHashes(uint64 index) external view returns (bytes32);
    /// @notice Whether a summary is that of a standing batch that can no longer be proved wrong.
    /// @dev The genesis is final at once. A batch is final from the first second after its window.
    function isFinal(Summary calldata summary) external view returns (bool);
    function era() external view returns (uint32);
    function eraStart() external view returns (uint32);
    /// @notice The newest term, and who may post in it (zero where no term is open).
    function term() external view returns (uint32);
    function sequencer() external view returns (address);
    /// @notice Who opened a term, when it was closed (0 while it is open) and what is left of its bond.
    function terms(uint32 termNumber) external view returns (address sequencer, uint64 closedAt, uint256 bond);
    function challengeWindow() external view returns (uint64);
    function claimPeriod() external view returns (uint64);
    function bondAmount() external view returns (uint256);
    /// @notice The prover's share of a convicted poster's bond, in hundredths of a percent.
    function proverShareBps() external view returns (uint16);
    /// @notice Seconds that a batch's time may lag L1's; 2^32 - 1 is no limit.
    function maxClockLag() external view returns (uint32);
    function domainSeparator() external view returns (bytes32);
    /// @notice The step contract of a kind of chunk; zero for kinds that do not exist.
    function step(uint8 kind) external view returns (address);
    function inbox() external view returns (address);
    function vault() external view returns (address);
}
