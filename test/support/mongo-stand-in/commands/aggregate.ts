import { typeOf } from '../bson/encode.js';
import { show, typeName } from '../bson/show.js';
import { at, type Doc, isDoc, isNumber, Timestamp, toNumber, type Value } from '../bson/values.js';
import { ServerError } from '../errors.js';
import type { Since } from '../options.js';
import { compilePipeline, type StageSources } from '../query/stages.js';
import { idKey } from '../state/catalog.js';
import { fromTimestamp } from '../state/cluster-time.js';
import { openChangeStream, type Start } from '../stream/change-stream.js';
import { isInvalidate, timeOfToken } from '../stream/token.js';
import { checkBuilt } from '../update/update.js';
import { type CommandContext, collectionName, type Handler } from './context.js';
import { FIRST_BATCH, openCursor, openStreamCursor } from './cursor.js';
import { during } from './during.js';
import { matching } from './read.js';

const EXECUTING = 'PlanExecutor error during aggregation';

export const aggregate: Handler = (command, context) => {
  const first = command.values().next().value;
  const wholeDatabase = isNumber(first) && toNumber(first) === 1;
  const name = wholeDatabase ? '$cmd.aggregate' : collectionName(command, context.database);
  const stages = command.get('pipeline');
  if (!Array.isArray(stages)) throw new ServerError(14, "'pipeline' option must be specified as an array");
  const options = command.get('cursor');
  if (!isDoc(options))
    throw new ServerError(
      9,
      "The 'cursor' option is required, except for aggregate with the explain argument",
    );
  const batchSize = isNumber(options.get('batchSize')) ? toNumber(options.get('batchSize')) : FIRST_BATCH;
  const namespace = `${context.database}.${name}`;

  const [head] = stages;
  if (stages.slice(1).some((stage) => isDoc(stage) && stage.has('$changeStream')))
    throw new ServerError(40602, '$changeStream is only valid as the first stage in a pipeline.');
  if (isDoc(head) && head.has('$changeStream')) {
    const stream = watch(
      head.get('$changeStream') as Value,
      stages.slice(1),
      wholeDatabase ? undefined : name,
      command,
      context,
    );
    return during(EXECUTING, context.state.since, () =>
      openStreamCursor(stream, namespace, batchSize, context),
    );
  }
  return openCursor(run(stages, name, context), namespace, { batchSize }, context);
};

function run(stages: Value[], name: string, context: CommandContext): Doc[] {
  const pipeline = compilePipeline(stages);
  const [head] = stages;
  const filter = isDoc(head) ? head.get('$match') : undefined;
  const collection = context.state.catalog.find(context.database, name);
  // A leading $match may use the ids; it is harmless that the pipeline then asks it again.
  const documents = matching(collection, isDoc(filter) ? filter : new Map()).map(({ document }) => document);
  return during(EXECUTING, context.state.since, () => {
    const found = pipeline(documents, sourcesOf(context));
    for (const document of found) checkBuilt(document);
    return found;
  });
}

const sourcesOf = ({ state, database }: CommandContext): StageSources => ({
  since: state.since,
  documents: (name) => [...(state.catalog.find(database, name)?.documents.values() ?? [])],
});

const STREAM_OPTIONS = new Set([
  'resumeAfter',
  'startAfter',
  'startAtOperationTime',
  'fullDocument',
  'fullDocumentBeforeChange',
  'allChangesForCluster',
]);
const NEWER_STREAM_OPTIONS = new Set([...STREAM_OPTIONS, 'showExpandedEvents']);
const STREAM_STAGES = new Set([
  '$match',
  '$project',
  '$addFields',
  '$set',
  '$unset',
  '$replaceRoot',
  '$replaceWith',
  '$redact',
  '$changeStreamSplitLargeEvent',
]);

function watch(
  specification: Value,
  stages: Value[],
  collection: string | undefined,
  command: Doc,
  context: CommandContext,
) {
  const { state } = context;
  if (!state.replicated)
    throw new ServerError(40573, 'The $changeStream stage is only supported on replica sets');
  if (!isDoc(specification))
    throw new ServerError(50808, '$changeStream stage expects a document as argument');
  checkOptions(specification, state.since);
  const level = at(command.get('readConcern'), 'level');
  if (typeof level === 'string' && level !== 'majority')
    throw new ServerError(
      72,
      `Command aggregate does not support { readConcern: { level: "${level}", provenance: "clientSupplied" } } :: caused by :: Aggregation stage $changeStream cannot run with a readConcern other than 'majority'. Current readConcern: ${level}`,
    );
  const compiled = compileStreamStages(stages, state.since);
  const target = {
    database: context.database,
    collection,
    cluster: specification.get('allChangesForCluster') === true,
  };
  const lookup = specification.get('fullDocument') === 'updateLookup';
  return openChangeStream(state.oplog, {
    target,
    start: startOf(specification),
    pipeline: compiled,
    sources: sourcesOf(context),
    checksEvents: state.since('5.0'),
    options: {
      since: state.since,
      lookup: lookup
        ? ({ uuid }, id) => (uuid && state.catalog.findByUuid(uuid)?.documents.get(idKey(id))) || null
        : undefined,
    },
  });
}

function compileStreamStages(stages: Value[], since: Since) {
  const names = stages.flatMap((stage) => (isDoc(stage) ? [...stage.keys()] : []));
  const splits = since('8.0') && names.at(-1) === '$changeStreamSplitLargeEvent';
  const pipeline = compilePipeline(splits ? stages.slice(0, -1) : stages);
  for (const name of names)
    if (!STREAM_STAGES.has(name))
      throw new ServerError(20, `${name} is not permitted in a $changeStream pipeline`);
  return pipeline;
}

function checkOptions(specification: Doc, since: Since): void {
  for (const key of specification.keys())
    if (!(since('8.0') ? NEWER_STREAM_OPTIONS : STREAM_OPTIONS).has(key))
      throw new ServerError(40415, `BSON field '$changeStream.${key}' is an unknown field.`);
  const full = specification.get('fullDocument');
  if (full === undefined || full === 'default' || full === 'updateLookup') return;
  if (since('5.0') && typeof full === 'string')
    throw new ServerError(
      2,
      `Enumeration value '${full}' for field '$changeStream.fullDocument' is not a valid value.`,
    );
  throw new ServerError(
    40575,
    `unrecognized value for the 'fullDocument' option to the $changeStream stage. Expected 'default' or 'updateLookup', got ${show(full).replaceAll('"', "'")}`,
  );
}

function startOf(specification: Doc): Start {
  const after = tokenOption(specification, 'resumeAfter');
  const startAfter = tokenOption(specification, 'startAfter');
  const time = specification.get('startAtOperationTime');
  if (time !== undefined && !(time instanceof Timestamp))
    throw new ServerError(
      14,
      `BSON field '$changeStream.startAtOperationTime' is the wrong type '${typeName(typeOf(time))}', expected type 'timestamp'`,
    );
  if (after && startAfter)
    throw new ServerError(
      50865,
      "Do not specify both 'resumeAfter' and 'startAfter' in a $changeStream stage",
    );
  const token = after ?? startAfter;
  const tokenTime = token && timeOfToken(token.get('_data'), show(token));
  if (token && time !== undefined)
    throw new ServerError(40674, 'Only one type of resume option is allowed, but multiple were found.');
  if (time !== undefined) return { at: fromTimestamp(time) };
  if (!token || tokenTime === undefined) return { now: true };
  const data = String(token.get('_data'));
  if (after && isInvalidate(data))
    throw new ServerError(
      260,
      "Attempting to resume a change stream using 'resumeAfter' is not allowed from an invalidate notification.",
    );
  return { after: data, time: tokenTime };
}

function tokenOption(specification: Doc, name: string): Doc | undefined {
  const value = specification.get(name);
  if (value !== undefined && !isDoc(value))
    throw new ServerError(
      14,
      `BSON field '$changeStream.${name}' is the wrong type '${typeName(typeOf(value))}', expected type 'object'`,
    );
  return value;
}
