/**
 * Binary fixed-point mathematics on integers.
 *
 * Unless a comment says otherwise a number is held as an integer with {@link FRACTION_BITS} = 60 fractional bits
 * ("Q60"): the integer v stands for v / 2^60. "ulp" is one unit of the last place, 2^-60 ≈ 8.7e-19.
 *
 * The functions are written with `*`, `/` and `>>` alone, because BigInt and the EVM agree on them: `/` truncates toward
 * zero, `>>` rounds toward minus infinity. Twin: contracts/src/step/FixedPoint.sol, line by line.
 */

/** Fractional bits of a Q60 number. */
export const FRACTION_BITS = 60n;

/** The number 1. */
export const ONE = 1n << FRACTION_BITS;

/** ln 2 with 90 fractional bits, nearest: the spare bits keep the sums `k · ln 2` exact to an ulp for |k| up to 2^29. */
const LN_2_Q90 = 858_074_647_932_929_271_111_585_486n;

/** 1 / ln 2, nearest. */
const INVERSE_LN_2 = 1_663_314_137_230_540_311n;

/** Arguments of {@link exp} below this give less than one ulp. */
const EXP_LOWEST = -42n * ONE;

/** The greatest argument of {@link exp}. */
export const EXP_HIGHEST = 64n * ONE;

/**
 * From here on e^(-z²/2) is less than one ulp (the exact border is 9.12): the normal distribution's tail is 0.
 */
export const NORMAL_TAIL_END = (37n * ONE) / 4n;

/**
 * r · coth(r / 2) as a polynomial in r², lowest power first, for |r| ≤ ln 2 / 2. Interpolated at Chebyshev nodes; moves
 * e^r by less than 0.4 ulp.
 */
const HYPERBOLIC_COTANGENT = [
  2_305_843_009_213_693_954n,
  192_153_584_101_140_101n,
  -3_202_559_734_915_874n,
  76_251_418_597_140n,
  -1_906_226_661_817n,
  47_701_917_056n,
] as const;

/**
 * 2 · artanh(y) / y as a polynomial in y², lowest power first, for |y| ≤ (√2 − 1) / (√2 + 1). Interpolated at Chebyshev
 * nodes; moves the logarithm by less than 0.6 ulp.
 */
const AREA_TANGENT = [
  2_305_843_009_213_693_949n,
  768_614_336_404_575_946n,
  461_168_601_834_690_384n,
  329_406_146_355_977_197n,
  256_204_488_544_102_450n,
  209_643_006_432_226_741n,
  176_541_256_595_561_552n,
  170_746_148_044_993_284n,
] as const;

/**
 * N(−z) · e^(z²/2) as polynomials in v, lowest power first. With u = 4 / (4 + z) in (0, 1], piece p covers
 * p/8 < u ≤ (p + 1)/8 and v = 16u − (2p + 1) runs over (−1, 1]. Interpolated at 11 Chebyshev nodes a piece; the constant
 * of the last piece is moved by a few ulp so that z = 0 gives ½ exactly.
 */
const NORMAL_TAIL_RATIO: readonly (readonly bigint[])[] = [
  [
    7_663_691_280_757_410n,
    8_170_068_880_756_548n,
    537_423_057_840_013n,
    32_782_126_239_933n,
    1_822_920_495_312n,
    89_863_522_902n,
    3_723_337_273n,
    113_139_314n,
    1_099_552n,
    -139_595n,
    -10_457n,
  ],
  [
    26_448_073_618_683_515n,
    10_779_435_481_070_094n,
    786_025_821_889_666n,
    51_620_175_227_842n,
    2_977_155_339_115n,
    144_168_431_539n,
    5_298_594_994n,
    99_582_127n,
    -3_521_757n,
    -374_633n,
    -10_357n,
  ],
  [
    51_616_607_898_566_261n,
    14_650_840_740_667_689n,
    1_180_062_511_007_701n,
    82_099_228_938_565n,
    4_759_063_088_085n,
    213_714_724_142n,
    6_019_998_314n,
    -17_377_364n,
    -11_208_157n,
    -402_089n,
    10_883n,
  ],
  [
    86_378_697_128_841_303n,
    20_526_804_443_364_745n,
    1_805_383_908_579_592n,
    129_651_748_980_432n,
    7_238_557_610_221n,
    278_781_998_833n,
    4_304_260_687n,
    -238_036_462n,
    -14_935_425n,
    67_114n,
    32_316n,
  ],
  [
    135_816_034_835_605_826n,
    29_558_802_273_658_763n,
    2_780_169_326_480_583n,
    199_240_967_053_359n,
    10_201_962_871_956n,
    304_144_087_134n,
    -547_249_883n,
    -436_573_907n,
    -8_092_637n,
    646_843n,
    19_703n,
  ],
  [
    207_821_115_814_912_652n,
    43_420_858_162_128_547n,
    4_244_357_729_237_275n,
    292_679_630_680_122n,
    13_082_093_409_526n,
    258_708_843_544n,
    -7_082_792_906n,
    -460_828_580n,
    5_305_348n,
    729_466n,
    -11_059n,
  ],
  [
    314_198_781_713_559_715n,
    64_348_209_046_356_788n,
    6_333_105_637_586_616n,
    406_306_647_986_681n,
    15_123_882_248_807n,
    138_738_099_772n,
    -12_500_657_133n,
    -286_429_346n,
    15_237_231n,
    321_803n,
    -25_608n,
  ],
  [
    471_723_664_609_932_442n,
    95_048_862_419_169_026n,
    9_141_853_602_205_268n,
    530_715_366_449_554n,
    15_699_043_309_271n,
    -28_060_436_998n,
    -14_673_153_494n,
    -20_465_008n,
    16_579_764n,
    -147_494n,
    -18_843n,
  ],
];

/** The number of bits of a non-negative integer below 2^256; 0 for 0. */
export function bitLength(value: bigint): bigint {
  let rest = value;
  let length = 0n;
  for (let step = 128n; step > 0n; step >>= 1n) {
    if (rest >> step > 0n) {
      rest >>= step;
      length += step;
    }
  }
  return length + rest;
}

/** The product of two Q60 numbers, rounded toward minus infinity. */
export function mulFloor(left: bigint, right: bigint): bigint {
  return (left * right) >> FRACTION_BITS;
}

/**
 * The square root of a plain integer in [0, 2^254), rounded down.
 *
 * Newton's iteration from above: it falls strictly until it stands at the floor of the root.
 */
export function integerSqrtFloor(value: bigint): bigint {
  if (value === 0n) return 0n;
  let root = 1n << ((bitLength(value) + 1n) >> 1n);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/**
 * e^x for x ≤ {@link EXP_HIGHEST}; 0 where the result is below one ulp. Error below 3 ulp of the result or 1 ulp
 * absolute, the greater; e^0 is exact.
 *
 * x = k ln 2 + r with |r| ≤ ln 2 / 2, and e^r = (c + r) / (c − r) with c = r coth(r / 2), which is even in r.
 */
export function exp(x: bigint): bigint {
  if (x < EXP_LOWEST) return 0n;
  const exponent = (x * INVERSE_LN_2 + (1n << 119n)) >> 120n;
  const rest = ((x << 30n) - exponent * LN_2_Q90) >> 30n;
  const square = (rest * rest) >> FRACTION_BITS;
  let cotangent = HYPERBOLIC_COTANGENT[5];
  cotangent = ((cotangent * square) >> FRACTION_BITS) + HYPERBOLIC_COTANGENT[4];
  cotangent = ((cotangent * square) >> FRACTION_BITS) + HYPERBOLIC_COTANGENT[3];
  cotangent = ((cotangent * square) >> FRACTION_BITS) + HYPERBOLIC_COTANGENT[2];
  cotangent = ((cotangent * square) >> FRACTION_BITS) + HYPERBOLIC_COTANGENT[1];
  cotangent = ((cotangent * square) >> FRACTION_BITS) + HYPERBOLIC_COTANGENT[0];
  const mantissa = ((cotangent + rest) << FRACTION_BITS) / (cotangent - rest);
  return exponent < 0n ? mantissa >> -exponent : mantissa << exponent;
}

/**
 * ln(numerator / denominator) of two integers in [1, 2^120). Error below 2 ulp; exactly 0 for equal arguments.
 *
 * The ratio is brought into [√½, √2] by a power of two; there ln q = 2 artanh((q − 1) / (q + 1)).
 */
export function lnRatio(numerator: bigint, denominator: bigint): bigint {
  let top = numerator;
  let bottom = denominator;
  let exponent = bitLength(top) - bitLength(bottom);
  if (exponent >= 0n) bottom <<= exponent;
  else top <<= -exponent;
  if (top * top > 2n * bottom * bottom) {
    bottom <<= 1n;
    exponent += 1n;
  } else if (2n * top * top < bottom * bottom) {
    top <<= 1n;
    exponent -= 1n;
  }
  // Four spare bits here, thirty in the sum, so that only the last step rounds to an ulp.
  const tangent = ((top - bottom) << 64n) / (top + bottom);
  const square = (tangent * tangent) >> 68n;
  let series = AREA_TANGENT[7];
  series = ((series * square) >> FRACTION_BITS) + AREA_TANGENT[6];
  series = ((series * square) >> FRACTION_BITS) + AREA_TANGENT[5];
  series = ((series * square) >> FRACTION_BITS) + AREA_TANGENT[4];
  series = ((series * square) >> FRACTION_BITS) + AREA_TANGENT[3];
  series = ((series * square) >> FRACTION_BITS) + AREA_TANGENT[2];
  series = ((series * square) >> FRACTION_BITS) + AREA_TANGENT[1];
  series = ((series * square) >> FRACTION_BITS) + AREA_TANGENT[0];
  return (exponent * LN_2_Q90 + ((tangent * series) >> 34n)) >> 30n;
}

/**
 * N(−z) · e^(z²/2) for z in [0, 2^124): the tail of the normal distribution in units of its density's exponential. It
 * falls slowly from ½ (exact at z = 0) like 1 / (z √(2π)), so that N(−z) = e^(−z²/2) · this keeps the relative accuracy
 * of the exponential. Error below 8 ulp.
 */
export function normalTailRatio(z: bigint): bigint {
  // u = 4 / (4 + z) with 64 fractional bits; times 16 it has 60, and the piece's middle is taken off without rounding.
  const position = (1n << 126n) / (z + 4n * ONE);
  const piece = (position - 1n) >> 61n;
  const v = position - ((2n * piece + 1n) << FRACTION_BITS);
  const row = NORMAL_TAIL_RATIO[Number(piece)]!;
  let ratio = row[10]!;
  for (let power = 9; power >= 0; power--) ratio = ((ratio * v) >> FRACTION_BITS) + row[power]!;
  return ratio;
}
