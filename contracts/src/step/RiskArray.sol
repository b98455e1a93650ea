// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Arithmetic} from "./Arithmetic.sol";
import {Black76} from "./Black76.sol";
import {FixedPoint} from "./FixedPoint.sol";
import {Surface, Svi} from "./Svi.sol";

/// @notice What an instrument is valued from. Prices are in 1e-8 USD, the lot in 1e-8 of the underlying, times in seconds.
/// A perpetual uses lot and index alone; an option all but index.
struct RiskInput {
    uint256 kind;
    int256 strike;
    int256 lot;
    int256 index;
    int256 forward;
    Surface surface;
    int256 reportTime;
    int256 expiry;
    int256 time;
}

/// @title What one lot is worth, how it moves, and what it loses in each scenario of the margin grid
/// @notice Twin of packages/engine/src/riskArray.ts, bit for bit.
library RiskArray {
    /// @notice Instrument kinds, as the state stores them.
    uint256 internal constant PERPETUAL = 0;
    uint256 internal constant CALL = 1;
    uint256 internal constant PUT = 2;

    /// @notice Prices are below this, in 1e-8 USD.
    int256 internal constant PRICE_LIMIT = 1 << 53;

    /// @notice Lots are below this, in 1e-8 of the underlying.
    int256 internal constant LOT_LIMIT = 1 << 40;

    /// @notice Times are below this, in seconds.
    int256 internal constant TIME_LIMIT = 1 << 40;

    /// @notice Marks, gaps and losses are below this in absolute value.
    int256 internal constant VALUE_LIMIT = 1 << 62;

    /// @notice From price times lot to nano-USD.
    int256 private constant UNITS_PER_NANO = 10_000_000;

    /// @notice From lot to the unit of delta, 1e-12 of the underlying.
    int256 private constant DELTA_PER_LOT_UNIT = 10_000;

    /// @notice Percent of a shocked price times thousandths of a weight.
    int256 private constant SHOCK_AND_WEIGHT = 100 * 1_000;

    /// @notice The distance of neighbouring spot shocks that count in full, in percent.
    int256 private constant SPOT_STEP = 4;

    /// @notice Added to the gap for the rounding of values and deltas: 2^-50 of the forward, Q60.
    int256 private constant GAP_ALLOWANCE = 1 << 10;

    int256 private constant SECONDS_PER_DAY = 86_400;

    /// @notice The term at which volatility shocks apply as they stand.
    int256 private constant REFERENCE_TERM = 30 * SECONDS_PER_DAY;

    /// @notice An instrument while its scenarios are computed.
    struct Valuation {
        uint256 kind;
        // The price that the spot shock multiplies: a perpetual's index, an option's forward; below 2^53.
        int256 underlying;
        // The strike in hundredths of the price unit, so that a shock in percent of the forward is a whole number.
        int256 hundredStrikes;
        int256 lot;
        // ln(forward / strike).
        int256 logRatio;
        // The value before any shock, in hundredths of the price unit, with 60 fractional bits; below 2^124.
        int256 value;
        // How far the value may lie under its chord between neighbouring nodes, in the same unit.
        int256 depth;
    }

    /// @notice One of the two states of volatility, and value and delta of the last node that was computed in it.
    struct VolatilityState {
        int256 deviation;
        bool hasNode;
        int256 value;
        int256 delta;
    }

    /// @notice Values one lot, as it stands and in every scenario.
    /// @return ok false where a field is outside its range, the surface is not valid, an option that has not expired was
    /// reported at or after its expiry, or a result reaches `VALUE_LIMIT`; the other results mean nothing then
    /// @return mark value in nano-USD, rounded down
    /// @return delta change of value per change of the forward, in 1e-12 of the underlying, rounded down
    /// @return gap how far the value may lie under the straight line between two neighbouring spot shocks of the same
    /// volatility shock, the extreme ones aside, in nano-USD, rounded up; 0 where nothing is curved
    /// @return losses weighted loss of a long position in nano-USD, rounded down; a gain is negative
    /// @dev Any input may be given.
    function riskArray(RiskInput memory input)
        internal
        pure
        returns (bool ok, int256 mark, int256 delta, int256 gap, int256[24] memory losses)
    {
        if (input.lot <= 0 || input.lot >= LOT_LIMIT) return (false, 0, 0, 0, losses);
        if (input.kind == PERPETUAL) return _perpetualRiskArray(input.index, input.lot);
        if (input.kind == CALL || input.kind == PUT) return _optionRiskArray(input);
        return (false, 0, 0, 0, losses);
    }

    /// @dev A perpetual is linear: it loses the spot shock, whatever volatility does.
    function _perpetualRiskArray(int256 index, int256 lot)
        private
        pure
        returns (bool ok, int256 mark, int256 delta, int256 gap, int256[24] memory losses)
    {
        unchecked {
            if (!_isPrice(index)) return (false, 0, 0, 0, losses);
            mark = (index * lot) / UNITS_PER_NANO;
            delta = lot * DELTA_PER_LOT_UNIT;
            Valuation memory valuation = Valuation({
                kind: PERPETUAL,
                underlying: index,
                hundredStrikes: 0,
                lot: lot,
                logRatio: 0,
                value: (100 * index) << 60,
                depth: 0
            });
            VolatilityState memory unused;
            _fillLosses(valuation, unused, unused, losses);
            ok = _withinLimits(mark, 0, losses);
        }
    }

    /// @dev The strike keeps its volatility while the forward moves, and time stands still.
    function _optionRiskArray(RiskInput memory input)
        private
        pure
        returns (bool ok, int256 mark, int256 delta, int256 gap, int256[24] memory losses)
    {
        unchecked {
            if (!_isPrice(input.strike) || !_isPrice(input.forward)) return (false, 0, 0, 0, losses);
            if (!_isTime(input.reportTime) || !_isTime(input.expiry) || !_isTime(input.time)) {
                return (false, 0, 0, 0, losses);
            }
            Surface memory surface = input.surface;
            if (!Svi.isValidSurface(surface.a, surface.b, surface.rho, surface.m, surface.sigma)) {
                return (false, 0, 0, 0, losses);
            }

            Valuation memory valuation;
            valuation.kind = input.kind;
            valuation.underlying = input.forward;
            valuation.hundredStrikes = 100 * input.strike;
            valuation.lot = input.lot;
            valuation.logRatio = FixedPoint.lnRatio(input.forward, input.strike);
            int256 deviation;
            VolatilityState memory up;
            VolatilityState memory down;
            int256 secondsLeft = input.expiry - input.time;
            if (secondsLeft > 0) {
                if (input.reportTime >= input.expiry) return (false, 0, 0, 0, losses);
                int256 volatility =
                    Svi.impliedVolatility(valuation.logRatio, surface, input.expiry - input.reportTime);
                deviation = Black76.standardDeviation(volatility, Black76.rootOfYears(secondsLeft));
                int256 downFactor = _termFactor(secondsLeft);
                int256 upFactor = downFactor;
                // An up-shock is never less than 40 %. The factor is at most 30^0.3 < 2.78, so a down-shock keeps at
                // least 38 %.
                if (upFactor < FixedPoint.ONE) upFactor = FixedPoint.ONE;
                up.deviation = FixedPoint.mulFloor(deviation, FixedPoint.ONE + (40 * upFactor) / 100);
                down.deviation = FixedPoint.mulFloor(deviation, FixedPoint.ONE - (22 * downFactor) / 100);
            }

            (mark, delta) = _unshocked(valuation, input.strike, deviation);
            _fillLosses(valuation, up, down, losses);
            if (secondsLeft > 0) gap = _gap(valuation);
            ok = _withinLimits(mark, gap, losses);
        }
    }

    /// @dev Sets the valuation's value. Value times lot is below 2^164, delta times lot below 2^114.
    function _unshocked(Valuation memory valuation, int256 strike, int256 deviation)
        private
        pure
        returns (int256 mark, int256 delta)
    {
        unchecked {
            bool isCall = valuation.kind == CALL;
            int256 forward = valuation.underlying;
            (int256 received, int256 paid) = Black76.optionLegs(valuation.logRatio, deviation);
            valuation.value = Black76.optionPrice(isCall, 100 * forward, valuation.hundredStrikes, received, paid);
            mark = (valuation.value * valuation.lot) / ((100 * UNITS_PER_NANO) << 60);
            delta = (Black76.optionDelta(isCall, forward, strike, received, paid) * valuation.lot * DELTA_PER_LOT_UNIT)
                >> 60;
        }
    }

    /// @dev The margin grid: spot in percent of what it was, ln of that, the volatility state, the weight in thousandths.
    /// Forwards fall along the grid.
    function _fillLosses(
        Valuation memory valuation,
        VolatilityState memory up,
        VolatilityState memory down,
        int256[24] memory losses
    ) private pure {
        unchecked {
            losses[0] = _loss(valuation, 116, 171_116_615_614_715_557, up, 1000);
            losses[1] = _loss(valuation, 112, 130_659_078_379_265_972, up, 1000);
            losses[2] = _loss(valuation, 112, 130_659_078_379_265_972, down, 1000);
            losses[3] = _loss(valuation, 108, 88_730_039_342_774_512, up, 1000);
            losses[4] = _loss(valuation, 108, 88_730_039_342_774_512, down, 1000);
            losses[5] = _loss(valuation, 104, 45_218_403_620_434_626, up, 1000);
            losses[6] = _loss(valuation, 104, 45_218_403_620_434_626, down, 1000);
            losses[7] = _loss(valuation, 100, 0, up, 1000);
            losses[8] = _loss(valuation, 100, 0, down, 1000);
            losses[9] = _loss(valuation, 96, -47_064_555_343_345_006, up, 1000);
            losses[10] = _loss(valuation, 96, -47_064_555_343_345_006, down, 1000);
            losses[11] = _loss(valuation, 92, -96_132_450_034_550_468, up, 1000);
            losses[12] = _loss(valuation, 92, -96_132_450_034_550_468, down, 1000);
            losses[13] = _loss(valuation, 88, -147_381_843_020_142_540, up, 1000);
            losses[14] = _loss(valuation, 88, -147_381_843_020_142_540, down, 1000);
            losses[15] = _loss(valuation, 84, -201_015_769_440_257_258, up, 1000);
            losses[16] = _loss(valuation, 34, -1_243_782_857_973_328_595, up, 180);
            losses[17] = _loss(valuation, 67, -461_719_198_642_446_473, up, 360);
            losses[18] = _loss(valuation, 150, 467_469_442_505_642_749, up, 240);
            losses[19] = _loss(valuation, 200, 799_144_290_325_165_979, up, 120);
            losses[20] = _loss(valuation, 300, 1_266_613_732_830_808_727, up, 60);
            losses[21] = _loss(valuation, 400, 1_598_288_580_650_331_957, up, 40);
            losses[22] = _loss(valuation, 500, 1_855_555_579_574_825_835, up, 30);
            losses[23] = _loss(valuation, 600, 2_065_758_023_155_974_706, up, 24);
        }
    }

    /// @dev Spot is at most 600 percent, so the shocked value is below 2^124, and weight times lot times a difference of
    /// values below 2^175.
    function _loss(
        Valuation memory valuation,
        int256 spotPercent,
        int256 logOfSpotFactor,
        VolatilityState memory state,
        int256 weight
    ) private pure returns (int256) {
        unchecked {
            int256 shocked = spotPercent * valuation.underlying;
            if (valuation.kind == PERPETUAL) {
                shocked <<= 60;
            } else {
                bool isCall = valuation.kind == CALL;
                int256 forward = shocked;
                (int256 received, int256 paid) =
                    Black76.optionLegs(valuation.logRatio + logOfSpotFactor, state.deviation);
                shocked = Black76.optionPrice(isCall, forward, valuation.hundredStrikes, received, paid);
                // Scenarios of less weight are the extreme ones.
                if (weight == 1000) {
                    int256 delta = Black76.optionDelta(isCall, forward, valuation.hundredStrikes, received, paid);
                    _addNode(valuation, state, shocked, delta);
                }
            }
            // Flooring twice is flooring once by the product of the divisors.
            return Arithmetic.floorDiv(
                (weight * valuation.lot * (valuation.value - shocked)) >> 60, SHOCK_AND_WEIGHT * UNITS_PER_NANO
            );
        }
    }

    /// @dev Measures how far the value may lie under its chord from the new node up to the last one. The value is convex in
    /// the forward, so it lies above its tangents at both, and farthest from the chord no farther than where these cross:
    /// h (s - Da)(Db - s) / (Db - Da), with h the nodes' distance and the slopes Da <= s <= Db of lower tangent, chord and
    /// upper tangent. Where rounding leaves them in another order the chord lies nowhere above a tangent by more than
    /// rounding. Below 2^121 both factors, so their product is below 2^242.
    function _addNode(Valuation memory valuation, VolatilityState memory state, int256 value, int256 delta)
        private
        pure
    {
        unchecked {
            if (state.hasNode) {
                int256 width = SPOT_STEP * valuation.underlying;
                int256 rise = state.value - value;
                // h (s - Da) and h (Db - s): how far the tangents end under the chord.
                int256 underUpper = rise - delta * width;
                int256 underLower = state.delta * width - rise;
                int256 depth = valuation.depth;
                // The result is less than either.
                if (underUpper > depth && underLower > depth) {
                    int256 depthHere = (underUpper * underLower) / (underUpper + underLower);
                    if (depthHere > depth) valuation.depth = depthHere;
                }
            }
            state.hasNode = true;
            state.value = value;
            state.delta = delta;
        }
    }

    /// @dev The greatest depth under a chord and the allowance for rounding, for one lot, in nano-USD, rounded up. Depth times
    /// lot is below 2^161.
    function _gap(Valuation memory valuation) private pure returns (int256) {
        unchecked {
            int256 divisor = (100 * UNITS_PER_NANO) << 60;
            int256 depth = valuation.depth + 100 * valuation.underlying * GAP_ALLOWANCE;
            return (depth * valuation.lot + divisor - 1) / divisor;
        }
    }

    /// @dev (30 / max(1, days))^p with p = 0.30 below 30 days, else 0.13. Q60, in (0, 2.78).
    function _termFactor(int256 secondsLeft) private pure returns (int256) {
        unchecked {
            int256 term = secondsLeft > SECONDS_PER_DAY ? secondsLeft : SECONDS_PER_DAY;
            int256 hundredthsOfPower = secondsLeft < REFERENCE_TERM ? int256(30) : int256(13);
            return FixedPoint.exp((FixedPoint.lnRatio(REFERENCE_TERM, term) * hundredthsOfPower) / 100);
        }
    }

    function _isPrice(int256 value) private pure returns (bool) {
        return value > 0 && value < PRICE_LIMIT;
    }

    function _isTime(int256 value) private pure returns (bool) {
        return value >= 0 && value < TIME_LIMIT;
    }

    /// @dev Delta needs no check: it is at most 2^40 * 10^4 < 2^54.
    function _withinLimits(int256 mark, int256 gap, int256[24] memory losses) private pure returns (bool) {
        unchecked {
            if (mark >= VALUE_LIMIT || gap >= VALUE_LIMIT) return false;
            for (uint256 i = 0; i < 24; i++) {
                if (losses[i] >= VALUE_LIMIT || losses[i] <= -VALUE_LIMIT) return false;
            }
            return true;
        }
    }
}
