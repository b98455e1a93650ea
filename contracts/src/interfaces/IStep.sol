// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice The parts of a batch's header by which the step function judges: the same for all chunks of a batch.
struct StepContext {
    /// Reverts and takeovers so far.
    uint32 era;
    /// The engine's clock is never before this, in seconds.
    uint32 eraStart;
    /// The number of the sequencer's time in office.
    uint32 term;
    /// No tick is later than this, in seconds.
    uint32 batchTime;
    /// The EIP-712 domain of everything signed for this deployment.
    bytes32 domainSeparator;
}

/// @notice One step contract a kind of chunk: trade, risk, bridge.
interface IStep {
    /// @notice Executes a chunk on the part of the state that the witness shows.
    /// @dev Total: any chunk bytes give one root. Reverts only where the witness does not belong to `preRoot` or leaves
    /// out what the chunk needs.
    /// @return postRoot the state root after the chunk
    /// @return meter the units that the chunk used
    /// @return reasons one reason code for each transaction (or inbox message) executed, in order
    function execute(bytes32 preRoot, StepContext calldata context, bytes calldata chunk, bytes calldata witness)
        external
        view
        returns (bytes32 postRoot, uint256 meter, bytes memory reasons);
}
