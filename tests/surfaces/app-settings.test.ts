import { expect, test } from 'vitest';
import { readSettings } from '../../app/settings.ts';

const PEM = '-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----';
const WHOLE = { APP_ID: '7', PRIVATE_KEY: PEM, WEBHOOK_SECRET: 'known' };

test('credentials, with line breaks written out', () => {
  const { credentials } = readSettings({ ...WHOLE, PRIVATE_KEY: PEM.replaceAll('\n', '\\n') });
  expect(credentials).toEqual({ appId: 7, privateKey: PEM, webhookSecret: 'known' });
});

test('none at all: not registered yet', () => {
  expect(readSettings({}).credentials).toBeUndefined();
});

test.each([
  [undefined, 'https://api.github.com', 'https://github.com'],
  ['https://ghe.example/api/v3/', 'https://ghe.example/api/v3', 'https://ghe.example'],
  ['https://api.acme.ghe.com', 'https://api.acme.ghe.com', 'https://acme.ghe.com'],
])('the API at %s', (GITHUB_API_URL, apiUrl, serverUrl) => {
  expect(readSettings({ GITHUB_API_URL })).toMatchObject({ apiUrl, serverUrl });
});

test('everything that is wrong is told at once', () => {
  const wrong = { APP_ID: 'seven', PRIVATE_KEY: 'abc', PORT: '99999', SWEEP_MINUTES: '0', LOG_LEVEL: 'loud' };
  expect(() => readSettings(wrong)).toThrow(
    [
      'APP_ID is "seven": it takes the App\'s number',
      'WEBHOOK_SECRET is missing: without one anybody could send webhooks',
      'PRIVATE_KEY is not a PEM private key',
      'PORT is "99999": it takes a whole number from 0 to 65535',
      'SWEEP_MINUTES is "0": it takes a whole number from 1 to 1440',
      'LOG_LEVEL is "loud": it takes trace, debug, info, warn, error, fatal',
    ].join('\n'),
  );
});

test('a key file that is not there', () => {
  expect(() => readSettings({ ...WHOLE, PRIVATE_KEY: '', PRIVATE_KEY_PATH: '/nowhere/key.pem' })).toThrow(
    'PRIVATE_KEY_PATH is "/nowhere/key.pem", which cannot be read',
  );
});
