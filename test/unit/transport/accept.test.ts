import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorType, readAccept } from '../../../src/transport/accept.js';

const GRAPHQL = 'application/graphql-response+json';
const JSON_TYPE = 'application/json';
const STREAM = 'text/event-stream';

describe('the form of an answer', () => {
  it.each<[string, string | undefined, string | null]>([
    ['nothing is said', undefined, JSON_TYPE],
    ['the header is empty', '', JSON_TYPE],
    ['anything is accepted, as curl, Python and fetch send it', '*/*', JSON_TYPE],
    ['any application is accepted', 'application/*', JSON_TYPE],
    ['JSON alone is accepted', 'application/json', JSON_TYPE],
    ['GraphQL alone is accepted', 'application/graphql-response+json; charset=utf-8', GRAPHQL],
    [
      'both are, JSON first, as Spring sends it',
      'application/json, application/graphql-response+json',
      GRAPHQL,
    ],
    ['both are, GraphQL first, as graphql-request sends it', `${GRAPHQL}, ${JSON_TYPE}`, GRAPHQL],
    ['JSON weighs less, as Apollo Client sends it', `${GRAPHQL},${JSON_TYPE};q=0.9`, GRAPHQL],
    ['JSON weighs more', `${GRAPHQL};q=0.5, ${JSON_TYPE}`, JSON_TYPE],
    ['anything weighs more than GraphQL', `${GRAPHQL};q=0.5, */*`, JSON_TYPE],
    ['GraphQL and anything are accepted', `${GRAPHQL}, */*`, GRAPHQL],
    ['JSON is refused, and anything else accepted', `${JSON_TYPE};q=0, */*;q=0.1`, GRAPHQL],
    ['GraphQL is refused', `${GRAPHQL};q=0, */*`, JSON_TYPE],
    [
      'all of them are, as urql sends it',
      `${GRAPHQL}, application/graphql+json, ${JSON_TYPE}, ${STREAM}, multipart/mixed`,
      GRAPHQL,
    ],
    ['events alone are accepted', STREAM, STREAM],
    ['they come behind ninety-nine other forms', `${'a/b,'.repeat(99)}${STREAM}`, STREAM],
    ['they come behind a hundred, more than are looked at', `${'a/b,'.repeat(100)}${STREAM}`, null],
    ['events are, and nothing else that there is', `${STREAM}, multipart/mixed`, STREAM],
    [
      'a comma stands in a parameter, as Apollo Client sends it',
      `multipart/mixed;boundary="a,b",${GRAPHQL}`,
      GRAPHQL,
    ],
    ['it is written in capitals', GRAPHQL.toUpperCase(), GRAPHQL],
    ['a page is asked for', 'text/html', null],
    ['everything is refused', '*/*;q=0', null],
  ])('where %s', (_where, header, single) => {
    expect(readAccept(header).single).toBe(single);
  });

  it('of an error is one of JSON, also where neither is accepted', () => {
    expect(errorType('image/png')).toBe(JSON_TYPE);
    expect(errorType(STREAM)).toBe(JSON_TYPE);
    expect(errorType(`${JSON_TYPE}, ${GRAPHQL}`)).toBe(GRAPHQL);
  });

  it('may be a page to who looks at it in a browser', () => {
    expect(readAccept('text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8').page).toBe(true);
    expect(readAccept('*/*').page).toBe(false);
    expect(readAccept(`${JSON_TYPE}, text/plain, */*`).page).toBe(false);
  });

  it('is found for any text at all', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        expect([GRAPHQL, JSON_TYPE, STREAM, null]).toContain(readAccept(header).single);
      }),
    );
  });
});
