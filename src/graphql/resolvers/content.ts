import type { GraphQLResolveInfo } from 'graphql';
import {
  bodyOf,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  textOr,
} from '../../domain/json/json-value.js';
import { isMarkedPlain, plainText } from '../../domain/json/plain-json.js';
import { type BlockKind, kindOf, type MEDIA, toolResultContent } from '../../domain/sessions/block-kinds.js';
import { citationsIn, textIn, textsOf, thoughtIn } from '../../domain/sessions/block-speech.js';
import type {
  AudioBlockResolvers,
  BlockResolvers,
  CachePointBlockResolvers,
  CitationsBlockResolvers,
  ContentBlockResolvers,
  DocumentBlockResolvers,
  GuardBlockResolvers,
  ImageBlockResolvers,
  ReasoningBlockResolvers,
  TextBlockResolvers,
  ToolResultBlockResolvers,
  ToolUseBlockResolvers,
  UnknownBlockResolvers,
  VideoBlockResolvers,
} from '../generated/types.js';
import { within } from '../loading/field-budget.js';
import type { BlockParent } from '../parents.js';

const TYPES = {
  text: 'TextBlock',
  reasoning: 'ReasoningBlock',
  citations: 'CitationsBlock',
  toolUse: 'ToolUseBlock',
  toolResult: 'ToolResultBlock',
  image: 'ImageBlock',
  document: 'DocumentBlock',
  video: 'VideoBlock',
  audio: 'AudioBlock',
  guardContent: 'GuardBlock',
  cachePoint: 'CachePointBlock',
  unknown: 'UnknownBlock',
} as const satisfies Record<BlockKind, string>;

/** Of so many what is made is made at once: each list that is gone through one by one costs as much as some blocks. */
const MADE_AT_ONCE = 500;

/** What is made of each of a list, of a long one when it is its turn: all of it would be one piece. GraphQL takes what can be gone through. */
const each = <T, U>(list: readonly T[], make: (one: T) => U): U[] =>
  list.length <= MADE_AT_ONCE ? list.map((one) => make(one)) : (inTurn(list, make) as U[]);

const inTurn = <T, U>(list: readonly T[], make: (one: T) => U): Iterable<U> => ({
  *[Symbol.iterator]() {
    for (const one of list) yield make(one);
  },
});

/** The blocks of a message. */
export function blocksOf(content: readonly JsonObject[]): BlockParent[] {
  const isPlain = isMarkedPlain(content);
  return each(content, (block) => ({ block, isPlain, made: null }));
}

/** The same as they are stored. */
export function rawBlocksOf(content: readonly JsonObject[]): JsonObject[] {
  const isPlain = isMarkedPlain(content);
  return each(content, (block) => (isPlain ? plainText(block) : block));
}

/** Made once of each block, by whatever names its fields are asked for: a block is of one kind, for which one thing is made. */
const oncePerBlock =
  <V extends object>(make: (block: JsonObject) => V | null) =>
  (parent: BlockParent): V | null => {
    parent.made ??= make(parent.block);
    return parent.made as V | null;
  };

/** What a block holds, as it is shown: text that is at hand as JSON counts as such (see `JsonText`). */
const shown = <T extends JsonValue>({ isPlain }: BlockParent, value: T): T =>
  isPlain ? plainText(value) : value;

const shownEach = (parent: BlockParent, list: JsonObject[], info: GraphQLResolveInfo): JsonObject[] =>
  each(within(list, info), (one) => shown(parent, one));

/** A block of an unknown kind, or one that is damaged, is shown as it is. */
export const contentBlock: ContentBlockResolvers & BlockResolvers = {
  __resolveType: ({ block }: BlockParent) => TYPES[kindOf(block)],
};

/** The block as it is stored, beside what its type shows of it. */
const raw = (parent: BlockParent) => shown(parent, parent.block);

/** A member of what a block is, where it is a text; `none` where it is not. */
const textAt =
  <N extends string | null>(key: string, member: string, none: N) =>
  (parent: BlockParent): string | N =>
    shown<string | N>(parent, textOr(bodyOf(parent.block[key])[member], none));

export const textBlock: TextBlockResolvers = {
  raw,
  text(parent) {
    parent.made ??= textIn(parent.block) ?? '';
    return shown(parent, parent.made as string);
  },
};

export const toolUseBlock: ToolUseBlockResolvers = {
  raw,
  reasoningSignature: textAt('toolUse', 'reasoningSignature', null),
  toolUseId: textAt('toolUse', 'toolUseId', ''),
  name: textAt('toolUse', 'name', ''),
  input: (parent) => shown(parent, bodyOf(parent.block.toolUse).input ?? null),
};

const toolResultBlocks = oncePerBlock(({ toolResult }) => toolResultContent(bodyOf(toolResult).content));

export const toolResultBlock: ToolResultBlockResolvers = {
  raw,
  toolUseId: textAt('toolResult', 'toolUseId', ''),
  status: textAt('toolResult', 'status', null),
  content: (parent, _args, _context, info) => shownEach(parent, toolResultBlocks(parent) ?? [], info),
};

const thoughtOf = oncePerBlock(thoughtIn);

export const reasoningBlock: ReasoningBlockResolvers = {
  raw,
  text: (parent) => shown(parent, thoughtOf(parent)?.text ?? ''),
  signature: (parent) => shown(parent, thoughtOf(parent)?.signature ?? null),
  redactedContent: (parent) => shown(parent, thoughtOf(parent)?.redactedContent ?? null),
};

export const imageBlock: ImageBlockResolvers = mediaOf('image');
export const videoBlock: VideoBlockResolvers = mediaOf('video');
export const audioBlock: AudioBlockResolvers = mediaOf('audio');
export const documentBlock: DocumentBlockResolvers = {
  ...mediaOf('document'),
  name: textAt('document', 'name', ''),
  context: textAt('document', 'context', null),
  citationConfig: (parent) => shown(parent, objectOr(bodyOf(parent.block.document).citations)),
};

function mediaOf(key: (typeof MEDIA)[number]) {
  const sourceOf = ({ block }: BlockParent) => bodyOf(bodyOf(block[key]).source);
  return {
    raw,
    format: textAt(key, 'format', null),
    bytes: (parent: BlockParent) => shown(parent, textOr(sourceOf(parent).bytes, null)),
    source: (parent: BlockParent) => shown(parent, sourceOf(parent)),
  };
}

const citationsOf = oncePerBlock((block) => {
  const cited = citationsIn(block);
  return cited && { text: textsOf(cited.parts), ...cited };
});

export const citationsBlock: CitationsBlockResolvers = {
  raw,
  text: (parent) => shown(parent, citationsOf(parent)?.text ?? ''),
  parts: (parent, _args, _context, info) => shownEach(parent, citationsOf(parent)?.parts ?? [], info),
  citations: (parent, _args, _context, info) => shownEach(parent, citationsOf(parent)?.citations ?? [], info),
};

export const guardBlock: GuardBlockResolvers = {
  raw,
  text: (parent) => shown(parent, textOr(bodyOf(bodyOf(parent.block.guardContent).text).text, '')),
  value: (parent) => shown(parent, bodyOf(parent.block.guardContent)),
};

export const cachePointBlock: CachePointBlockResolvers = {
  raw,
  type(parent) {
    const { type, cacheType } = bodyOf(parent.block.cachePoint);
    return shown(parent, textOr(type ?? cacheType, null));
  },
  ttl: textAt('cachePoint', 'ttl', null),
};

export const unknownBlock: UnknownBlockResolvers = { raw, value: raw };

const objectOr = (value: JsonValue | undefined) => (isJsonObject(value) ? value : null);
