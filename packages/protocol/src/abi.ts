import { parseAbi } from "viem";

const structs = [
  "struct ChunkInput { uint8 kind; uint16 messages; bytes32 postRoot; }",
  "struct BatchInput { uint32 time; uint64 l1BlockNumber; bytes32 l1BlockHash; ChunkInput[] chunks; }",
  "struct Chunk { uint8 kind; uint16 messages; bytes32 dataHash; bytes32 postRoot; }",
  "struct Header { uint16 version; uint16 verifierVersion; uint64 index; bytes32 parentHash; bytes32 preRoot; uint32 term; uint32 era; uint32 eraStart; uint32 time; uint64 l1BlockNumber; bytes32 l1BlockHash; uint64 inboxFrom; uint64 inboxTo; Chunk[] chunks; }",
  "struct Summary { uint64 index; bytes32 headerHash; bytes32 stateRoot; uint32 term; uint32 time; uint64 inboxTo; uint64 postedAt; }",
] as const;

/** The rollup's interface; a test holds it equal to the compiled contract's. */
export const rollupAbi = parseAbi([
  ...structs,
  "event Genesis(bytes32 stateRoot, bytes parameters)",
  "event TermOpened(uint32 indexed term, address indexed sequencer, uint256 bond)",
  "event BatchPosted(uint64 indexed index, bytes32 indexed batchHash, Summary summary, Header header, bytes[] data)",
  "event BatchReverted(uint64 indexed index, uint256 chunkIndex, bytes32 claimedRoot, bytes32 correctRoot, uint32 era, uint32 eraStart, address prover)",
  "event BondSlashed(uint32 indexed term, address indexed sequencer, uint256 bond, uint256 reward)",
  "event BondWithdrawn(uint32 indexed term, address indexed sequencer, uint256 bond)",
  "function openTerm() payable",
  "function closeTerm()",
  "function withdrawBond(uint32 term)",
  "function post(BatchInput input, bytes[] data, Summary parent)",
  "function proveFraud(Summary summary, Header header, uint256 chunkIndex, bytes chunk, bytes witness)",
  "function head() view returns (uint64)",
  "function batchHashes(uint64 index) view returns (bytes32)",
  "function isFinal(Summary summary) view returns (bool)",
  "function era() view returns (uint32)",
  "function eraStart() view returns (uint32)",
  "function term() view returns (uint32)",
  "function sequencer() view returns (address)",
  "function challengeWindow() view returns (uint64)",
  "function bondAmount() view returns (uint256)",
  "function maxClockLag() view returns (uint32)",
  "function domainSeparator() view returns (bytes32)",
  "function step(uint8 kind) view returns (address)",
  "function inbox() view returns (address)",
  "function vault() view returns (address)",
]);

export const inboxAbi = parseAbi([
  "event MessageQueued(uint64 indexed index, uint8 kind, address indexed sender, uint32 time, bytes body, bytes32 rollingHash)",
  "function deposit(uint32 subAccount, uint256 amount) returns (uint32 account)",
  "function count() view returns (uint64)",
  "function rollingHashes(uint64 index) view returns (bytes32)",
  "function accountOf(address owner, uint32 subAccount) view returns (uint32)",
]);

export const vaultAbi = parseAbi([
  ...structs,
  "event WithdrawalPaid(uint64 indexed number, address indexed recipient, uint256 amount)",
  "function claim(Summary summary, uint64 number, address recipient, uint64 amount, uint32 time, bytes proof)",
  "function isClaimed(uint64 number) view returns (bool)",
  "function token() view returns (address)",
]);

export const stepAbi = parseAbi([
  "struct StepContext { uint32 era; uint32 eraStart; uint32 term; uint32 batchTime; bytes32 domainSeparator; }",
  "function execute(bytes32 preRoot, StepContext context, bytes chunk, bytes witness) view returns (bytes32 postRoot, uint256 meter, bytes reasons)",
]);

export const collateralAbi = parseAbi([
  "function approve(address spender, uint256 amount) returns (bool)",
  "function balanceOf(address account) view returns (uint256)",
  "function mint(address account, uint256 amount)",
  "function decimals() view returns (uint8)",
]);
