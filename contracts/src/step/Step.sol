// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {StepContext} from "../interfaces/IStep.sol";
import {OrderedStore} from "./OrderedStore.sol";
import {Global} from "./Records.sol";

/// @notice What an operation works on.
struct Step {
    OrderedStore.Store store;
    StepContext context;
    /// The global record, decoded at the chunk's start and written back at its end.
    Global global;
}
