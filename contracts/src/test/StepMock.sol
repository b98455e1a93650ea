// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IStep, StepContext} from "../interfaces/IStep.sol";

/// @title A step whose root is a hash of all that it is given
contract StepMock is IStep {
    error IncompleteWitness();

    /// @param witness must not be empty
    function execute(bytes32 preRoot, StepContext calldata context, bytes calldata chunk, bytes calldata witness)
        external
        pure
        returns (bytes32 postRoot, uint256 meter, bytes memory reasons)
    {
        if (witness.length == 0) revert IncompleteWitness();
        return (keccak256(abi.encode(preRoot, context, chunk)), 0, "");
    }
}
