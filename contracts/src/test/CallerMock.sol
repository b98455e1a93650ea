// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title A contract that calls what it is told to, and answers a payment with a call of its own
contract CallerMock {
    address private _answerTarget;
    bytes private _answer;
    bool private _refuses;

    error Refused();

    function call(address target, bytes calldata data) external payable {
        _call(target, msg.value, data);
    }

    function refusePayments(bool refuses) external {
        _refuses = refuses;
    }

    /// @notice Each payment from now on is answered by this call, and fails with it.
    function answerPayments(address target, bytes calldata data) external {
        _answerTarget = target;
        _answer = data;
    }

    receive() external payable {
        if (_refuses) revert Refused();
        if (_answerTarget != address(0)) _call(_answerTarget, 0, _answer);
    }

    function _call(address target, uint256 value, bytes memory data) private {
        (bool ok, bytes memory result) = target.call{value: value}(data);
        if (ok) return;
        assembly ("memory-safe") {
            revert(add(result, 0x20), mload(result))
        }
    }
}
