import { NOTICE_FORMATS, NOTICES } from '../model/notice.ts';
import * as z from 'zod';
import {
  choice,
  count,
  duration,
  endpoint,
  flag,
  gateUrl,
  hookUrl,
  issuerUrl,
  quantity,
  ratio,
  share,
  size,
  storeUrl,
  text,
  upstreamUrl,
  version,
} from './fields.ts';

/**
 * Every section of the configuration file, with types, units, ranges and defaults (`prefault` is the default as a
 * person would write it). What each key means is told once, in `config/weir.example.yaml`; a test holds the two
 * together.
 */
const SECOND = 1000;
const HOUR = 3600 * SECOND;
const KIB = 1024;

/** Node's timers fire at once when asked for 2^31 ms or more, which is a little over 24 days. */
const timeout = (leastMs = 1) => duration({ least: leastMs, most: 24 * 24 * HOUR });

export const optional = <T extends z.ZodType>(schema: T) => schema.nullable().default(null);
const name = (what: string) => text(what, /^[\w.-]{1,128}$/);
const headerName = () => text('a header name like x-user-id', /^[\w!#$%&'*+.^`|~-]{1,128}$/);
const filePath = () => text('a path to a file');

export const listen = z.strictObject({
  traffic: endpoint().prefault('0.0.0.0:8080'),
  admin: endpoint().prefault('127.0.0.1:9901'),
  telemetry: endpoint().prefault('0.0.0.0:9902'),
});

export const release = z.strictObject({
  version: version(),
  url: upstreamUrl(),
  image: optional(text('an image reference like registry.example/checkout:v1.2.3')),
  commit: optional(text('a git commit like 4e2efc0')),
  configHash: optional(text('a hash of the configuration')),
  ca: optional(filePath()),
  serverName: optional(name('a server name like checkout.example')),
});

export const weight = share().prefault('5%');

/** A webhook that must answer 200 before the step is taken. */
const gate = z.strictObject({ url: gateUrl() });

export const plan = z
  .array(z.strictObject({ weight: share(), hold: timeout(), gate: optional(gate) }))
  .nullable()
  .default(null);

export const guards = z.strictObject({
  window: duration({ least: SECOND, most: HOUR }).prefault('2m'),
  errors: optional(ratio()),
  p95: optional(timeout()),
  rule: choice(['evidence', 'plain']).prefault('evidence'),
  minRequests: count({ least: 1 }).prefault(20),
  falseRollback: duration({ least: HOUR }).prefault('30d'),
  worseThanStable: optional(quantity({ least: 1 })),
});

export const sticky = z
  .strictObject({ cookie: optional(name('a cookie name like weir')), header: optional(headerName()) })
  .refine(({ cookie, header }) => (cookie === null) !== (header === null), {
    message: 'expected either a cookie or a header',
  });

export const override = z.strictObject({ header: headerName() });

export const shield = z.strictObject({
  methods: z.array(choice(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])).prefault(['GET', 'HEAD', 'OPTIONS']),
  bodyLimit: size({ least: 0 }).prefault('64KiB'),
  budget: ratio().prefault('20%'),
  mark: flag().default(false),
  idempotencyKey: flag().default(false),
});

export const probe = z
  .strictObject({
    path: text('a path like /healthz', /^\/[\x21-\x7e]{0,1023}$/),
    every: timeout(100).prefault('5s'),
    timeout: timeout().prefault('1s'),
    failures: count({ least: 1 }).prefault(3),
    of: count({ least: 1, most: 1000 }).prefault(5),
    passes: count({ least: 1, most: 100 }).prefault(3),
  })
  .refine(({ failures, of }) => failures <= of, {
    path: ['failures'],
    message: 'expected at most as many failures as `of` looks back on',
  });

export const breaker = z.strictObject({
  rollbacks: count({ least: 1 }).prefault(2),
  within: duration().prefault('1h'),
});

export const timeouts = z.strictObject({
  connect: timeout().prefault('2s'),
  head: timeout().prefault('30s'),
  body: timeout().prefault('60s'),
  requestHead: timeout().prefault('10s'),
  keepAlive: timeout().prefault('75s'),
  tunnel: timeout().prefault('300s'),
  drain: timeout(0).prefault('25s'),
});

export const limits = z.strictObject({
  headBytes: size({ least: KIB, most: 64 * KIB }).prefault('32KiB'),
  headers: count({ least: 1, most: 10_000 }).prefault(200),
  connections: count({ least: 1 }).prefault(10_000),
  inFlight: count({ least: 1 }).prefault(1024),
  loopDelay: timeout().prefault('250ms'),
});

export const journal = z.strictObject({
  dir: text('a path to a directory').prefault('./state'),
  keepReleases: count({ least: 1 }).prefault(5),
  resumeWithin: duration({ least: 0 }).prefault('10m'),
});

export const log = z.strictObject({
  level: choice(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).prefault('info'),
  file: optional(filePath()),
});

export const webhook = z.strictObject({
  url: hookUrl(),
  events: z.array(choice(NOTICES)).prefault([...NOTICES]),
  secretFile: optional(filePath()),
  format: choice(NOTICE_FORMATS).prefault('json'),
});

export const admin = z.strictObject({
  tokensFile: optional(filePath()),
  oidc: optional(
    z.strictObject({
      issuer: issuerUrl(),
      audience: text('an audience'),
      roleClaim: text('the name of a claim like roles or realm_access.roles'),
      operator: z.array(text('a value of the claim')).prefault(['operator']),
      viewer: z.array(text('a value of the claim')).prefault(['viewer']),
    }),
  ),
  hosts: z.array(name('a host name like weir.example')).prefault([]),
});

export const fleet = z.strictObject({
  url: storeUrl(),
  prefix: name('a prefix like weir').prefault('weir'),
  flush: duration({ least: 100, most: 60 * SECOND }).prefault('1s'),
  member: optional(name('a name like that of the pod')),
  caFile: optional(filePath()),
  usernameFile: optional(filePath()),
  passwordFile: optional(filePath()),
  sentinelUsernameFile: optional(filePath()),
  sentinelPasswordFile: optional(filePath()),
});

export const rollout = z.strictObject({
  bake: timeout(0).prefault('10m'),
  allowForce: flag().default(false),
});
