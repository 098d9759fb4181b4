import { isJsonObject, type JsonObject } from '../../domain/json/json-value.js';

/**
 * A content block of the TypeScript SDK as Parley stores it, in the shape of the Python SDK and Bedrock. Most are the
 * same; reasoning, citations and cache points have other names there. A block of another kind is kept as it is.
 */
export function toStoredBlock(block: JsonObject): JsonObject {
  const { reasoning, citations, cachePoint } = block;
  if (isJsonObject(reasoning)) return { reasoningContent: toReasoningContent(reasoning) };
  if (isJsonObject(citations)) return { citationsContent: toCitationsContent(citations) };
  if (isJsonObject(cachePoint)) {
    const { cacheType, ...rest } = cachePoint;
    return { cachePoint: { ...(cacheType === undefined ? {} : { type: cacheType }), ...rest } };
  }
  return block;
}

function toReasoningContent({ text, signature, redactedContent }: JsonObject): JsonObject {
  const thought = {
    ...(text === undefined ? {} : { text }),
    ...(signature === undefined ? {} : { signature }),
  };
  return {
    ...(Object.keys(thought).length > 0 ? { reasoningText: { text: '', ...thought } } : {}),
    ...(redactedContent === undefined ? {} : { redactedContent }),
  };
}

function toCitationsContent({ citations, ...rest }: JsonObject): JsonObject {
  return {
    ...rest,
    citations: Array.isArray(citations)
      ? citations.map((citation) =>
          isJsonObject(citation) && isJsonObject(citation.location)
            ? { ...citation, location: toLocation(citation.location) }
            : citation,
        )
      : [],
  };
}

/** `{type: "documentPage", start, …}` becomes `{documentPage: {start, …}}`. */
function toLocation(location: JsonObject): JsonObject {
  const { type, ...fields } = location;
  if (typeof type !== 'string') return location;
  return { [type === 'searchResult' ? 'searchResultLocation' : type]: fields };
}
