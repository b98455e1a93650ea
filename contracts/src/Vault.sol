// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IRollup, Summary} from "./interfaces/IRollup.sol";
import {IVault} from "./interfaces/IVault.sol";
import {InclusionProof} from "./libraries/InclusionProof.sol";

/// @title The collateral
contract Vault is IVault, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @dev The state's table of withdrawals: the first byte of their keys, before the number.
    bytes1 private constant WITHDRAWAL_TABLE = 0x0b;

    address public immutable token;
    address public immutable rollup;

    mapping(uint64 number => bool) public isClaimed;

    /// @param rollup_ may be deployed later, at this address: its constructor checks that the vault names it
    constructor(address token_, address rollup_) {
        token = token_;
        rollup = rollup_;
    }

    function claim(
        Summary calldata summary,
        uint64 number,
        address recipient,
        uint64 amount,
        uint32 time,
        bytes calldata proof
    ) external nonReentrant {
        if (isClaimed[number]) revert AlreadyClaimed(number);
        if (!IRollup(rollup).isFinal(summary)) revert NotFinal();
        bytes16 key = bytes16(abi.encodePacked(WITHDRAWAL_TABLE, number, bytes7(0)));
        bytes memory value = abi.encodePacked(recipient, amount, time);
        if (!InclusionProof.verify(summary.stateRoot, key, value, proof)) revert WrongProof();

        // INVARIANT: a number is paid once. Final states never contradict each other, so it names one withdrawal in all.
        isClaimed[number] = true;
        emit WithdrawalPaid(number, recipient, amount);
        IERC20(token).safeTransfer(recipient, amount);
    }
}
