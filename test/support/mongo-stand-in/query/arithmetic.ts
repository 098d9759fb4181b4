import { Double, Int32, Long, numeric } from '../bson/values.js';

type Numeric = Double | Int32 | Long;

const isDouble = (value: Numeric): boolean => value instanceof Double;
const MOST_LONG = 2n ** 63n - 1n;
const LEAST_LONG = -(2n ** 63n);

/** The whole number in the narrowest type that the operands allow: Int32 until it overflows, then Int64, then Double. */
function whole(result: bigint, operands: Numeric[]): Numeric {
  const narrow = operands.every((operand) => operand instanceof Int32);
  if (narrow && result >= -(2n ** 31n) && result < 2n ** 31n) return new Int32(Number(result));
  return result <= MOST_LONG && result >= LEAST_LONG ? Long.fromBigInt(result) : new Double(Number(result));
}

const big = (value: Numeric): bigint => BigInt(numeric(value));

export const add = (a: Numeric, b: Numeric): Numeric =>
  isDouble(a) || isDouble(b)
    ? new Double(Number(numeric(a)) + Number(numeric(b)))
    : whole(big(a) + big(b), [a, b]);

export const subtract = (a: Numeric, b: Numeric): Numeric =>
  isDouble(a) || isDouble(b)
    ? new Double(Number(numeric(a)) - Number(numeric(b)))
    : whole(big(a) - big(b), [a, b]);

export const multiply = (a: Numeric, b: Numeric): Numeric =>
  isDouble(a) || isDouble(b)
    ? new Double(Number(numeric(a)) * Number(numeric(b)))
    : whole(big(a) * big(b), [a, b]);
