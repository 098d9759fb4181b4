import type { IncomingMessage, ServerResponse } from 'node:http';
import { addressKey } from '../domain/access/caller-key.js';
import type { ErrorCode } from '../domain/errors.js';
import { weightsOf } from './accept.js';
import type { ConsoleFile, FileForm } from './console-files.js';
import { COMMON_HEADERS, refuseMethod } from './http-answer.js';
import { type AnswerLimits, streamAnswer } from './paced-answer.js';

/** A name with a hash is of that content for ever; a page names the newest ones, and is asked for each time. */
const FOR_EVER = 'public, max-age=31536000, immutable';
const ASK_EACH_TIME = 'no-cache';

/** Sends one file of the console, compressed as its client takes it. */
export async function sendConsole(
  req: IncomingMessage,
  res: ServerResponse,
  path: string,
  { forms, contentType, policy, etag }: ConsoleFile,
  answers: AnswerLimits,
): Promise<void> {
  if (req.method !== 'GET' && req.method !== 'HEAD') return refuseMethod(req, res, path, 'GET, HEAD');
  const headers = {
    ...COMMON_HEADERS,
    'content-security-policy': policy,
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': etag === null ? FOR_EVER : ASK_EACH_TIME,
    vary: 'accept-encoding',
    ...(etag === null ? {} : { etag }),
  };
  if (etag !== null && namesTag(req.headers['if-none-match'], etag)) {
    res.writeHead(304, headers).end();
    return;
  }
  const { encoding, bytes, read } = takenForm(forms, req.headers['accept-encoding']);
  res.writeHead(200, {
    ...headers,
    'content-type': contentType,
    'content-length': bytes,
    ...(encoding === null ? {} : { 'content-encoding': encoding }),
  });
  if (req.method === 'HEAD') res.end();
  else {
    const from = req.socket.remoteAddress ?? '';
    const cutOff = (code: ErrorCode) => answers.cutOff(code, null, from);
    await streamAnswer(res, read(), { ...answers, caller: addressKey(from), cutOff });
  }
}

/** RFC 9110, 12.5.3, of the two that there are: the first of `forms` that the client takes; else the file as it is. */
function takenForm(forms: readonly FileForm[], header: string | undefined): FileForm {
  const weights = weightsOf(header ?? '');
  const isTaken = (encoding: string) => (weights.get(encoding) ?? weights.get('*') ?? 0) > 0;
  const found = forms.find(({ encoding }) => encoding !== null && isTaken(encoding));
  return found ?? (forms.at(-1) as FileForm);
}

const namesTag = (header: string | undefined, etag: string) =>
  header?.split(',').some((tag) => tag.trim() === '*' || weak(tag.trim()) === weak(etag)) ?? false;

const weak = (tag: string) => tag.replace(/^W\//, '');
