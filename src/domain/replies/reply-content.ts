import { ParleyError } from '../errors.js';
import { isJsonObject, type JsonObject } from '../json/json-value.js';
import { findLossyNumber } from '../json/written-numbers.js';
import { checkJson } from '../sessions/check-json.js';
import type { ReplyBlock } from './model.js';

/**
 * The content of the message that the blocks make, in Strands' shape; data is left out, and blocks without text but for calls of tools.
 * `cut`: the reply was cut off, and a call whose input is not whole is left out too. BAD_USER_INPUT where the input of a tool is no
 * JSON object, or nothing is left.
 */
export function contentOfBlocks(blocks: readonly ReplyBlock[], { cut }: { cut: boolean }): JsonObject[] {
  const content = blocks.map((block) => contentOfBlock(block, cut)).filter((block) => block !== null);
  if (content.length > 0) return content;
  throw new ParleyError(
    'BAD_USER_INPUT',
    'The reply says nothing yet. Give a message, or abort it and keep nothing.',
  );
}

function contentOfBlock({ block, kind, text, ...head }: ReplyBlock, cut: boolean): JsonObject | null {
  switch (kind) {
    case 'text':
      return text === '' ? null : { text };
    case 'reasoning':
      return text === '' ? null : { reasoningContent: { reasoningText: { text } } };
    case 'data':
      return null;
    case 'tool-input': {
      const input = inputOf(text, `block ${block}`);
      if (input instanceof ParleyError) {
        if (cut) return null;
        throw input;
      }
      return { toolUse: { toolUseId: head.toolUseId, name: head.name, input } };
    }
    case 'tool-result': {
      const { toolUseId, status } = head;
      return {
        toolResult: { toolUseId, status: status ?? 'success', content: text === '' ? [] : [{ text }] },
      };
    }
  }
}

/** Models give no text at all where a tool takes nothing. */
function inputOf(text: string, where: string): JsonObject | ParleyError {
  const wrong = (is: string) =>
    new ParleyError(
      'BAD_USER_INPUT',
      `The input of the tool in ${where} ${is}. Write the rest of it, or give a message.`,
    );
  if (text === '') return {};
  try {
    const input = JSON.parse(text);
    if (!isJsonObject(input)) return wrong('is JSON, and no object');
    const lossy = findLossyNumber(text);
    if (lossy) return wrong(`holds the number ${lossy.digits}, which would lose digits`);
    checkJson(input, `The input of the tool in ${where}`);
    return input;
  } catch (error) {
    return error instanceof ParleyError ? error : wrong('is no JSON');
  }
}
