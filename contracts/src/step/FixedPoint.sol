// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Binary fixed-point mathematics on integers
/// @notice Twin of packages/engine/src/fixedPoint.ts, bit for bit. Unless a comment says otherwise a number is held with
/// 60 fractional bits ("Q60"): the integer v stands for v / 2^60, and an "ulp" is 2^-60. `/` truncates toward zero and
/// `>>` on a signed integer rounds toward minus infinity, as they do on a BigInt.
/// @dev Nothing here checks for overflow: each function states the range of its arguments, and a comment where it
/// matters why no intermediate value reaches 2^255 within it. Polynomials are written constant first,
/// `c + ((x * sum) >> 60)`: the compiler evaluates right to left, and so keeps one value on the stack where the other
/// order keeps one a step.
library FixedPoint {
    /// @notice The number 1.
    int256 internal constant ONE = 1 << 60;

    /// @notice ln 2 with 90 fractional bits, nearest.
    int256 private constant LN_2_Q90 = 858_074_647_932_929_271_111_585_486;

    /// @notice 1 / ln 2, nearest.
    int256 private constant INVERSE_LN_2 = 1_663_314_137_230_540_311;

    /// @notice Arguments of `exp` below this give less than one ulp.
    int256 private constant EXP_LOWEST = -42 * ONE;

    /// @notice From here on e^(-z^2/2) is less than one ulp: the normal distribution's tail is 0.
    int256 internal constant NORMAL_TAIL_END = (37 * ONE) / 4;

    /// @notice The number of bits of a non-negative integer; 0 for 0.
    /// @dev Halving without branches: a jump costs more than what it saves.
    function bitLength(int256 value) internal pure returns (int256 length) {
        assembly ("memory-safe") {
            let step := shl(7, gt(value, 0xffffffffffffffffffffffffffffffff))
            let rest := shr(step, value)
            length := step
            step := shl(6, gt(rest, 0xffffffffffffffff))
            rest := shr(step, rest)
            length := add(length, step)
            step := shl(5, gt(rest, 0xffffffff))
            rest := shr(step, rest)
            length := add(length, step)
            step := shl(4, gt(rest, 0xffff))
            rest := shr(step, rest)
            length := add(length, step)
            step := shl(3, gt(rest, 0xff))
            rest := shr(step, rest)
            length := add(length, step)
            step := shl(2, gt(rest, 0xf))
            rest := shr(step, rest)
            length := add(length, step)
            step := shl(1, gt(rest, 0x3))
            rest := shr(step, rest)
            length := add(length, step)
            step := gt(rest, 0x1)
            rest := shr(step, rest)
            length := add(add(length, step), rest)
        }
    }

    /// @notice The product of two Q60 numbers, rounded toward minus infinity; the integers' product is below 2^255.
    function mulFloor(int256 left, int256 right) internal pure returns (int256) {
        unchecked {
            return (left * right) >> 60;
        }
    }

    /// @notice The square root of a plain integer in [0, 2^254), rounded down.
    /// @dev Newton's iteration from above: it falls strictly until it stands at the floor of the root.
    function integerSqrtFloor(int256 value) internal pure returns (int256 root) {
        unchecked {
            if (value == 0) return 0;
            root = int256(1) << uint256((bitLength(value) + 1) >> 1);
            while (true) {
                int256 next = (root + value / root) >> 1;
                if (next >= root) return root;
                root = next;
            }
        }
    }

    /// @notice e^x for x <= 64; 0 where the result is below one ulp. e^0 is exact.
    /// @dev x = k ln 2 + r with |r| <= ln 2 / 2, and e^r = (c + r) / (c - r) with c = r coth(r / 2), even in r. Within the
    /// range x < 2^66, k < 2^7, c < 2^62.
    function exp(int256 x) internal pure returns (int256) {
        unchecked {
            if (x < EXP_LOWEST) return 0;
            int256 exponent = (x * INVERSE_LN_2 + (1 << 119)) >> 120;
            int256 rest = ((x << 30) - exponent * LN_2_Q90) >> 30;
            int256 square = (rest * rest) >> 60;
            int256 cotangent = 47_701_917_056;
            cotangent = -1_906_226_661_817 + ((square * cotangent) >> 60);
            cotangent = 76_251_418_597_140 + ((square * cotangent) >> 60);
            cotangent = -3_202_559_734_915_874 + ((square * cotangent) >> 60);
            cotangent = 192_153_584_101_140_101 + ((square * cotangent) >> 60);
            cotangent = 2_305_843_009_213_693_954 + ((square * cotangent) >> 60);
            int256 mantissa = ((cotangent + rest) << 60) / (cotangent - rest);
            return exponent < 0 ? mantissa >> uint256(-exponent) : mantissa << uint256(exponent);
        }
    }

    /// @notice ln(numerator / denominator) of two integers in [1, 2^120); exactly 0 for equal arguments.
    /// @dev The ratio is brought into [sqrt(1/2), sqrt(2)] by a power of two; there ln q = 2 artanh((q - 1) / (q + 1)).
    /// Both sides stay below 2^121, their squares below 2^242.
    function lnRatio(int256 numerator, int256 denominator) internal pure returns (int256) {
        unchecked {
            int256 top = numerator;
            int256 bottom = denominator;
            int256 exponent = bitLength(top) - bitLength(bottom);
            if (exponent >= 0) bottom <<= uint256(exponent);
            else top <<= uint256(-exponent);
            if (top * top > 2 * bottom * bottom) {
                bottom <<= 1;
                exponent += 1;
            } else if (2 * top * top < bottom * bottom) {
                top <<= 1;
                exponent -= 1;
            }
            // Four spare bits here, thirty in the sum, so that only the last step rounds to an ulp.
            int256 tangent = ((top - bottom) << 64) / (top + bottom);
            int256 square = (tangent * tangent) >> 68;
            int256 series = 170_746_148_044_993_284;
            series = 176_541_256_595_561_552 + ((square * series) >> 60);
            series = 209_643_006_432_226_741 + ((square * series) >> 60);
            series = 256_204_488_544_102_450 + ((square * series) >> 60);
            series = 329_406_146_355_977_197 + ((square * series) >> 60);
            series = 461_168_601_834_690_384 + ((square * series) >> 60);
            series = 768_614_336_404_575_946 + ((square * series) >> 60);
            series = 2_305_843_009_213_693_949 + ((square * series) >> 60);
            return (exponent * LN_2_Q90 + ((tangent * series) >> 34)) >> 30;
        }
    }

    /// @notice N(-z) e^(z^2/2) for z in [0, 2^124): the normal distribution's tail in units of its density's exponential.
    /// It falls slowly from 1/2, exact at z = 0, like 1 / (z sqrt(2 pi)).
    /// @dev With u = 4 / (4 + z), piece p covers p/8 < u <= (p + 1)/8, and v = 16u - (2p + 1) runs over (-1, 1]. The
    /// intermediate ratios stay below 2^60 and |v| <= 2^60.
    function normalTailRatio(int256 z) internal pure returns (int256 ratio) {
        unchecked {
            // u has 64 fractional bits; times 16 it has 60, and the piece's middle is taken off without rounding.
            int256 position = (1 << 126) / (z + 4 * ONE);
            int256 piece = (position - 1) >> 61;
            int256 v = position - ((2 * piece + 1) << 60);
            if (piece < 4) {
                if (piece < 2) {
                    if (piece < 1) {
                        ratio = -10_457;
                        ratio = -139_595 + ((v * ratio) >> 60);
                        ratio = 1_099_552 + ((v * ratio) >> 60);
                        ratio = 113_139_314 + ((v * ratio) >> 60);
                        ratio = 3_723_337_273 + ((v * ratio) >> 60);
                        ratio = 89_863_522_902 + ((v * ratio) >> 60);
                        ratio = 1_822_920_495_312 + ((v * ratio) >> 60);
                        ratio = 32_782_126_239_933 + ((v * ratio) >> 60);
                        ratio = 537_423_057_840_013 + ((v * ratio) >> 60);
                        ratio = 8_170_068_880_756_548 + ((v * ratio) >> 60);
                        ratio = 7_663_691_280_757_410 + ((v * ratio) >> 60);
                    } else {
                        ratio = -10_357;
                        ratio = -374_633 + ((v * ratio) >> 60);
                        ratio = -3_521_757 + ((v * ratio) >> 60);
                        ratio = 99_582_127 + ((v * ratio) >> 60);
                        ratio = 5_298_594_994 + ((v * ratio) >> 60);
                        ratio = 144_168_431_539 + ((v * ratio) >> 60);
                        ratio = 2_977_155_339_115 + ((v * ratio) >> 60);
                        ratio = 51_620_175_227_842 + ((v * ratio) >> 60);
                        ratio = 786_025_821_889_666 + ((v * ratio) >> 60);
                        ratio = 10_779_435_481_070_094 + ((v * ratio) >> 60);
                        ratio = 26_448_073_618_683_515 + ((v * ratio) >> 60);
                    }
                } else {
                    if (piece < 3) {
                        ratio = 10_883;
                        ratio = -402_089 + ((v * ratio) >> 60);
                        ratio = -11_208_157 + ((v * ratio) >> 60);
                        ratio = -17_377_364 + ((v * ratio) >> 60);
                        ratio = 6_019_998_314 + ((v * ratio) >> 60);
                        ratio = 213_714_724_142 + ((v * ratio) >> 60);
                        ratio = 4_759_063_088_085 + ((v * ratio) >> 60);
                        ratio = 82_099_228_938_565 + ((v * ratio) >> 60);
                        ratio = 1_180_062_511_007_701 + ((v * ratio) >> 60);
                        ratio = 14_650_840_740_667_689 + ((v * ratio) >> 60);
                        ratio = 51_616_607_898_566_261 + ((v * ratio) >> 60);
                    } else {
                        ratio = 32_316;
                        ratio = 67_114 + ((v * ratio) >> 60);
                        ratio = -14_935_425 + ((v * ratio) >> 60);
                        ratio = -238_036_462 + ((v * ratio) >> 60);
                        ratio = 4_304_260_687 + ((v * ratio) >> 60);
                        ratio = 278_781_998_833 + ((v * ratio) >> 60);
                        ratio = 7_238_557_610_221 + ((v * ratio) >> 60);
                        ratio = 129_651_748_980_432 + ((v * ratio) >> 60);
                        ratio = 1_805_383_908_579_592 + ((v * ratio) >> 60);
                        ratio = 20_526_804_443_364_745 + ((v * ratio) >> 60);
                        ratio = 86_378_697_128_841_303 + ((v * ratio) >> 60);
                    }
                }
            } else {
                if (piece < 6) {
                    if (piece < 5) {
                        ratio = 19_703;
                        ratio = 646_843 + ((v * ratio) >> 60);
                        ratio = -8_092_637 + ((v * ratio) >> 60);
                        ratio = -436_573_907 + ((v * ratio) >> 60);
                        ratio = -547_249_883 + ((v * ratio) >> 60);
                        ratio = 304_144_087_134 + ((v * ratio) >> 60);
                        ratio = 10_201_962_871_956 + ((v * ratio) >> 60);
                        ratio = 199_240_967_053_359 + ((v * ratio) >> 60);
                        ratio = 2_780_169_326_480_583 + ((v * ratio) >> 60);
                        ratio = 29_558_802_273_658_763 + ((v * ratio) >> 60);
                        ratio = 135_816_034_835_605_826 + ((v * ratio) >> 60);
                    } else {
                        ratio = -11_059;
                        ratio = 729_466 + ((v * ratio) >> 60);
                        ratio = 5_305_348 + ((v * ratio) >> 60);
                        ratio = -460_828_580 + ((v * ratio) >> 60);
                        ratio = -7_082_792_906 + ((v * ratio) >> 60);
                        ratio = 258_708_843_544 + ((v * ratio) >> 60);
                        ratio = 13_082_093_409_526 + ((v * ratio) >> 60);
                        ratio = 292_679_630_680_122 + ((v * ratio) >> 60);
                        ratio = 4_244_357_729_237_275 + ((v * ratio) >> 60);
                        ratio = 43_420_858_162_128_547 + ((v * ratio) >> 60);
                        ratio = 207_821_115_814_912_652 + ((v * ratio) >> 60);
                    }
                } else {
                    if (piece < 7) {
                        ratio = -25_608;
                        ratio = 321_803 + ((v * ratio) >> 60);
                        ratio = 15_237_231 + ((v * ratio) >> 60);
                        ratio = -286_429_346 + ((v * ratio) >> 60);
                        ratio = -12_500_657_133 + ((v * ratio) >> 60);
                        ratio = 138_738_099_772 + ((v * ratio) >> 60);
                        ratio = 15_123_882_248_807 + ((v * ratio) >> 60);
                        ratio = 406_306_647_986_681 + ((v * ratio) >> 60);
                        ratio = 6_333_105_637_586_616 + ((v * ratio) >> 60);
                        ratio = 64_348_209_046_356_788 + ((v * ratio) >> 60);
                        ratio = 314_198_781_713_559_715 + ((v * ratio) >> 60);
                    } else {
                        ratio = -18_843;
                        ratio = -147_494 + ((v * ratio) >> 60);
                        ratio = 16_579_764 + ((v * ratio) >> 60);
                        ratio = -20_465_008 + ((v * ratio) >> 60);
                        ratio = -14_673_153_494 + ((v * ratio) >> 60);
                        ratio = -28_060_436_998 + ((v * ratio) >> 60);
                        ratio = 15_699_043_309_271 + ((v * ratio) >> 60);
                        ratio = 530_715_366_449_554 + ((v * ratio) >> 60);
                        ratio = 9_141_853_602_205_268 + ((v * ratio) >> 60);
                        ratio = 95_048_862_419_169_026 + ((v * ratio) >> 60);
                        ratio = 471_723_664_609_932_442 + ((v * ratio) >> 60);
                    }
                }
            }
        }
    }
}
