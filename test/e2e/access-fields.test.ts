import { isObjectType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { SCOPES } from '../../src/domain/access/policy.js';
import { createSchema } from '../../src/graphql/schema.js';
import { codes } from '../support/access.js';
import { guardedServer } from '../support/guarded-server.js';
import { NEEDS, rootFields } from '../support/root-fields.js';

const stage = guardedServer();
const { ask, askLive, bearers } = stage;

describe('every root field', () => {
  it('has a line in the table', () => {
    expect(
      rootFields()
        .map(({ type, name }) => `${type}.${name}`)
        .sort(),
    ).toEqual(Object.keys(NEEDS).sort());
    const types = Object.values(createSchema().getTypeMap()).filter(isObjectType);
    expect(types.length).toBeGreaterThan(20);
  });

  describe.each(SCOPES)('with the scope %s alone', (scope) => {
    it.each(rootFields().map((field) => [`${field.type}.${field.name}`, field] as const))(
      '%s is allowed or forbidden as the table says, over HTTP and WebSocket',
      async (label, field) => {
        const needed = NEEDS[label];
        const allowed = needed === null || needed === scope;
        const answers = [
          ...(field.type === 'Subscription'
            ? []
            : [await ask(bearers[scope], field.document, field.variables)]),
          await askLive(bearers[scope], field),
        ];
        for (const answer of answers) {
          if (allowed) expect(codes(answer)).not.toContain('FORBIDDEN');
          else expect(codes(answer)).toEqual(['FORBIDDEN']);
        }
      },
    );
  });

  it.each(rootFields().map((field) => [`${field.type}.${field.name}`, field] as const))(
    '%s asks for a credential',
    async (_label, field) => {
      const { status, headers, ...answer } = await ask(null, field.document, field.variables);
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toBe('Bearer');
      expect(codes(answer)).toEqual(['UNAUTHENTICATED']);
    },
  );
});
