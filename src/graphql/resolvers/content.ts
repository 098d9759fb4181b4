import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/json.js';
import { within } from '../field-budget.js';
import type {
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
import { oncePerObject } from '../once-per-object.js';

type BlockType =
  | 'ToolUseBlock'
  | 'ToolResultBlock'
  | 'ReasoningBlock'
  | 'ImageBlock'
  | 'DocumentBlock'
  | 'VideoBlock'
  | 'CitationsBlock'
  | 'GuardBlock'
  | 'CachePointBlock';

/** The key that tells a block's kind, and whether what stands there has the parts that its type must have. */
const KINDS: [key: string, type: BlockType, isWhole: (body: JsonObject) => boolean][] = [
  [
    'toolUse',
    'ToolUseBlock',
    ({ toolUseId, name }) => typeof toolUseId === 'string' && typeof name === 'string',
  ],
  [
    'toolResult',
    'ToolResultBlock',
    ({ toolUseId, content }) => typeof toolUseId === 'string' && isObjectList(content),
  ],
  [
    'reasoningContent',
    'ReasoningBlock',
    ({ reasoningText, redactedContent }) =>
      typeof bodyOf(reasoningText).text === 'string' || typeof redactedContent === 'string',
  ],
  ['image', 'ImageBlock', ({ source }) => isJsonObject(source)],
  ['document', 'DocumentBlock', ({ source }) => isJsonObject(source)],
  ['video', 'VideoBlock', ({ source }) => isJsonObject(source)],
  [
    'citationsContent',
    'CitationsBlock',
    ({ content = [], citations = [] }) => isObjectList(content) && isObjectList(citations),
  ],
  [
    'guardContent',
    'GuardBlock',
    ({ text, image }) => typeof bodyOf(text).text === 'string' || isJsonObject(image),
  ],
  ['cachePoint', 'CachePointBlock', () => true],
];

/** A block of an unknown kind, or one that is damaged, is shown as it is. */
export const contentBlock: ContentBlockResolvers = {
  __resolveType(block) {
    if (typeof block.text === 'string') return 'TextBlock';
    for (const [key, type, isWhole] of KINDS) {
      const body = block[key];
      if (isJsonObject(body)) return isWhole(body) ? type : 'UnknownBlock';
    }
    return 'UnknownBlock';
  },
};

export const textBlock: TextBlockResolvers = { text: ({ text }) => textOr(text, '') };

export const toolUseBlock: ToolUseBlockResolvers = {
  toolUseId: ({ toolUse }) => textOr(bodyOf(toolUse).toolUseId, ''),
  name: ({ toolUse }) => textOr(bodyOf(toolUse).name, ''),
  input: ({ toolUse }) => bodyOf(toolUse).input ?? null,
};

const toolResultContent = oncePerObject(({ toolResult }: JsonObject) =>
  objectsIn(bodyOf(toolResult).content),
);

export const toolResultBlock: ToolResultBlockResolvers = {
  toolUseId: ({ toolResult }) => textOr(bodyOf(toolResult).toolUseId, ''),
  status: ({ toolResult }) => textOr(bodyOf(toolResult).status, null),
  content: (block, _args, _context, info) => within(toolResultContent(block), info),
};

export const reasoningBlock: ReasoningBlockResolvers = {
  text: ({ reasoningContent }) => textOr(bodyOf(bodyOf(reasoningContent).reasoningText).text, ''),
  signature: ({ reasoningContent }) => textOr(bodyOf(bodyOf(reasoningContent).reasoningText).signature, null),
  redactedContent: ({ reasoningContent }) => textOr(bodyOf(reasoningContent).redactedContent, null),
};

export const imageBlock: ImageBlockResolvers = mediaOf('image');
export const videoBlock: VideoBlockResolvers = mediaOf('video');
export const documentBlock: DocumentBlockResolvers = {
  ...mediaOf('document'),
  name: ({ document }) => textOr(bodyOf(document).name, ''),
};

function mediaOf(key: string) {
  return {
    format: (block: JsonObject) => textOr(bodyOf(block[key]).format, null),
    bytes: (block: JsonObject) => textOr(bodyOf(bodyOf(block[key]).source).bytes, null),
    source: (block: JsonObject) => bodyOf(bodyOf(block[key]).source),
  };
}

const citationsText = oncePerObject(({ citationsContent }: JsonObject) =>
  objectsIn(bodyOf(citationsContent).content)
    .map(({ text }) => textOr(text, ''))
    .join(''),
);
const citationsOf = oncePerObject(({ citationsContent }: JsonObject) =>
  objectsIn(bodyOf(citationsContent).citations),
);

export const citationsBlock: CitationsBlockResolvers = {
  text: citationsText,
  citations: (block, _args, _context, info) => within(citationsOf(block), info),
};

export const guardBlock: GuardBlockResolvers = {
  text: ({ guardContent }) => textOr(bodyOf(bodyOf(guardContent).text).text, ''),
  value: ({ guardContent }) => bodyOf(guardContent),
};

export const cachePointBlock: CachePointBlockResolvers = {
  type: ({ cachePoint }) => textOr(bodyOf(cachePoint).type, null),
};

export const unknownBlock: UnknownBlockResolvers = { value: (block) => block };

function bodyOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function textOr<T>(value: JsonValue | undefined, otherwise: T): string | T {
  return typeof value === 'string' ? value : otherwise;
}

const isObjectList = (value: JsonValue | undefined) => Array.isArray(value) && value.every(isJsonObject);

function objectsIn(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
