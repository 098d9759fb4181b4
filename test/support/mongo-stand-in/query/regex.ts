import { BSONRegExp, isDoc, type Value } from '../bson/values.js';
import { ServerError } from '../errors.js';

const offset = (pattern: string): string => (pattern.includes('(') ? 'missing )' : 'invalid pattern');

/** A pattern as JavaScript's, compiled once; `x` (comments and blanks) is not known. */
export function compileRegex(
  pattern: string,
  options: string,
  code = 51091,
  prefix = 'Regular expression is invalid: ',
): RegExp {
  const flags = [...options].filter((flag) => 'ims'.includes(flag)).join('');
  try {
    return new RegExp(pattern, `${flags}u`);
  } catch {
    try {
      return new RegExp(pattern, flags);
    } catch {
      throw new ServerError(code, `${prefix}${offset(pattern)}`);
    }
  }
}

/** The pattern and options of `$regex`, as text or as a BSON regular expression. */
export function regexOf(operand: Value, options: Value | undefined): RegExp {
  if (operand instanceof BSONRegExp)
    return compileRegex(operand.pattern, typeof options === 'string' ? options : operand.options);
  if (typeof operand !== 'string' || isDoc(operand)) throw new ServerError(2, '$regex has to be a string');
  return compileRegex(operand, typeof options === 'string' ? options : '');
}
