// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bytes} from "./Bytes.sol";
import {Limits} from "./Limits.sol";
import {OrderedStore} from "./OrderedStore.sol";
import {Pricing} from "./Pricing.sol";
import {Quorum} from "./Quorum.sol";
import {Reason} from "./Reason.sol";
import {Expiry, Records, Underlying} from "./Records.sol";
import {Step} from "./Step.sol";
import {Transactions} from "./Transactions.sol";

/// @notice Oracle reports: the twin of `packages/engine/src/report.ts`.
library Report {
    using OrderedStore for OrderedStore.Store;

    /// @notice Takes an oracle report: an underlying's index, and forward and volatility surface of some of its expiries.
    function execute(Step memory step, uint256 position) internal pure returns (uint256 reason) {
        uint256 number = Bytes.readCalldata(position + 1, 2);
        uint256 time = Bytes.readCalldata(position + 3, 4);
        uint256 index = Bytes.readCalldata(position + 7, 7);
        uint256 surfaces = Bytes.readCalldata(position + 14, 1);
        if (!_isPrice(index)) return Reason.PRICE_OUT_OF_RANGE;
        for (uint256 place = 0; place < surfaces; place++) {
            if (!_isPrice(Bytes.readCalldata(_surfaceAt(position, place) + 4, 7))) return Reason.PRICE_OUT_OF_RANGE;
        }
        (bool exists, Underlying memory underlying) = Records.readUnderlying(step.store, number);
        if (!exists) return Reason.UNKNOWN_UNDERLYING;
        if (time <= underlying.indexTime) return Reason.REPORT_NOT_NEWER;
        if (time > step.global.time) return Reason.REPORT_FROM_FUTURE;
        uint256 parameters = Records.readParameters(step.store);
        if (step.global.time - time > Records.maxReportAgeSeconds(parameters)) return Reason.REPORT_TOO_OLD;

        Expiry[] memory expiries;
        (reason, expiries) = _judgeSurfaces(step, position, number, surfaces);
        if (reason != Reason.OK) return reason;
        reason = Quorum.judgeQuorum(step, Transactions.REPORT, position, parameters, _surfaceAt(position, surfaces));
        if (reason != Reason.OK) return reason;

        underlying.index = index;
        underlying.indexTime = time;
        Records.writeUnderlying(step.store, number, underlying);
        for (uint256 place = 0; place < surfaces; place++) {
            expiries[place].time = time;
            expiries[place].index = index;
            Records.writeExpiry(
                step.store, number, Bytes.readCalldata(_surfaceAt(position, place), 4), expiries[place]
            );
        }
        return Reason.OK;
    }

    function _surfaceAt(uint256 position, uint256 place) private pure returns (uint256) {
        return position + Transactions.REPORT_HEAD_BYTES + place * Transactions.SURFACE_BYTES;
    }

    function _isPrice(uint256 value) private pure returns (bool) {
        return value > 0 && value < Limits.MAX_PRICE;
    }

    /// @dev Judges the surfaces and reads their expiries' records, with the surfaces in them.
    function _judgeSurfaces(Step memory step, uint256 position, uint256 underlying, uint256 surfaces)
        private
        pure
        returns (uint256, Expiry[] memory expiries)
    {
        expiries = new Expiry[](surfaces);
        uint256 previous = 0;
        for (uint256 place = 0; place < surfaces; place++) {
            uint256 surfaceAt = _surfaceAt(position, place);
            uint256 expiry = Bytes.readCalldata(surfaceAt, 4);
            int256 a = Bytes.readSignedCalldata(surfaceAt + 11, 8);
            int256 b = Bytes.readSignedCalldata(surfaceAt + 19, 8);
            int256 rho = Bytes.readSignedCalldata(surfaceAt + 27, 8);
            int256 m = Bytes.readSignedCalldata(surfaceAt + 35, 8);
            int256 sigma = Bytes.readSignedCalldata(surfaceAt + 43, 8);
            // Expiries in rising order: each appears once.
            if (expiry <= previous || !Pricing.isValidSurface(a, b, rho, m, sigma)) {
                return (Reason.BAD_SURFACE, expiries);
            }
            previous = expiry;
            bool exists;
            (exists, expiries[place]) = Records.readExpiry(step.store, underlying, expiry);
            if (!exists || expiry <= step.global.time) return (Reason.UNKNOWN_EXPIRY, expiries);
            Expiry memory record = expiries[place];
            record.forward = Bytes.readCalldata(surfaceAt + 4, 7);
            record.a = a;
            record.b = b;
            record.rho = rho;
            record.m = m;
            record.sigma = sigma;
        }
        return (Reason.OK, expiries);
    }
}
