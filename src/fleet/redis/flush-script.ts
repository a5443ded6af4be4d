/**
 * A member's round trip, as one script, so that presence, counts and what is read are of one moment. It touches only the
 * slots that changed, in either direction.
 *
 * A batch is added once: the series' last number is remembered, the same number again, or a lower one that was under way for long, changes nothing, and a number
 * that does not follow the last says that this store has forgotten something (it was restored from an older snapshot).
 * Then, and when a member's counts belong to sums that are gone, the sums get a new generation; each is emptied when it
 * is next touched, and every member, seeing the new generation, sends its whole window.
 *
 * Changes are numbered by the store's clock, so that a reader's number means the same after sums have expired.
 *
 * The clock itself may go back, when another machine takes over. Then slots in the sums lie ahead of every present one,
 * the dead seem present and what has expired does not: presence is begun anew, and so are the sums.
 */
export const FLUSH = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local DOCUMENT, PRESENT, MEMBERS, RANKS, BATCH, WITHDRAWN = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local me, expiry, length, keep = ARGV[1], tonumber(ARGV[4]), tonumber(ARGV[8]), ARGV[10]
local function int(number) return string.format('%.0f', number) end

-- A clock that went back: what was noted by it lies in the future and would never end.
local d = redis.call('HMGET', DOCUMENT, 'epoch', 'seq', 'tag', 'generation', 'best_epoch', 'best_seq', 'best_tag', 'best_since', 'best_until', 'clock')
local function forget_best()
  redis.call('HDEL', DOCUMENT, 'best_epoch', 'best_seq', 'best_tag', 'best_since', 'best_until')
  d[5], d[6], d[7], d[8], d[9] = false, false, false, false, false
end
local ahead = tonumber(d[10] or 0) - now
if ahead > 2000 then
  redis.call('DEL', PRESENT, RANKS, MEMBERS, WITHDRAWN)
  forget_best()
  d[4] = false
end
if ahead > 2000 or ahead < -500 then redis.call('HSET', DOCUMENT, 'clock', int(now)) end

-- Who is here.
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', PRESENT, '-inf', '(' .. int(now - expiry), 'LIMIT', 0, 16)) do
  redis.call('ZREM', PRESENT, gone)
  redis.call('ZREM', RANKS, gone)
  redis.call('HDEL', MEMBERS, gone)
  redis.call('ZREM', WITHDRAWN, gone)
end
redis.call('ZADD', PRESENT, int(now), me)
redis.call('ZADD', RANKS, ARGV[3], me)
redis.call('HSET', MEMBERS, me, ARGV[5] .. ' ' .. ARGV[6] .. ' ' .. int(now) .. ' ' .. ARGV[7] .. ' ' .. ARGV[9] .. ' ' .. ARGV[2])
if ARGV[9] == '1' then
  redis.call('ZADD', WITHDRAWN, int(now + expiry), me)
  redis.call('PEXPIRE', WITHDRAWN, 3600000)
else
  redis.call('ZREM', WITHDRAWN, me)
end

-- What stands, and whether it stands behind what members know.
local function later(e1, s1, e2, s2) return e1 > e2 or (e1 == e2 and s1 > s2) end
local epoch, seq, tag = tonumber(d[1] or 0), tonumber(d[2] or 0), d[3] or ''
local known_epoch, known_seq, known_tag = tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7]
if d[5] and not (now <= tonumber(d[9] or 0) and later(tonumber(d[5]), tonumber(d[6]), epoch, seq)) then forget_best() end
local best_epoch, best_seq, best_tag, since = tonumber(d[5] or 0), tonumber(d[6] or 0), d[7] or '', d[8] or ''
-- Whoever knows best is waited for until it should have spoken again.
local best_until = int(now + math.max(10000, expiry))
if later(known_epoch, known_seq, epoch, seq) then
  if later(known_epoch, known_seq, best_epoch, best_seq) then
    if since == '' then since = int(now) end
    best_epoch, best_seq, best_tag = known_epoch, known_seq, known_tag
    redis.call('HSET', DOCUMENT, 'best_epoch', ARGV[5], 'best_seq', ARGV[6], 'best_tag', best_tag, 'best_since', since, 'best_until', best_until)
  elseif known_epoch == best_epoch and known_seq == best_seq and known_tag == best_tag then
    redis.call('HSET', DOCUMENT, 'best_until', best_until)
  end
end
local text = ''
if epoch ~= known_epoch or seq ~= known_seq or tag ~= known_tag or ARGV[24] == '1' then text = redis.call('HGET', DOCUMENT, 'text') or '' end

-- What was counted.
local generation = d[4]
local function begin()
  generation = me .. '-' .. time[1] .. '.' .. time[2]
  redis.call('HSET', DOCUMENT, 'generation', generation)
end
if not generation then begin() end
local function forget_former(sums, changes)
  if redis.call('HGET', sums, 'g') == generation then return end
  redis.call('DEL', sums)
  if changes then redis.call('DEL', changes) end
  redis.call('HSET', sums, 'g', generation)
end
local function add(sums, changes, first, count)
  if count == 0 then return end
  forget_former(sums, changes)
  local fields = {}
  for i = 1, count do fields[i] = int(tonumber(ARGV[first + (i - 1) * 5]) % length) end
  local olds = redis.call('HMGET', sums, 'c', unpack(fields))
  local change = int(math.max(tonumber(olds[1] or 0) + 1, now))
  local set, changed = {'c', change}, {}
  for i = 1, count do
    local at = first + (i - 1) * 5
    local slot, s, r, e, t, l = tonumber(ARGV[at]), -1, 0, 0, 0, 0
    if olds[i + 1] then
      s, r, e, t, l = string.match(olds[i + 1], '^(%S+) (%S+) (%S+) (%S+) (%S+)$')
      s = tonumber(s)
    end
    if s < slot then s, r, e, t, l = slot, 0, 0, 0, 0 end
    if s == slot then
      set[#set + 1] = fields[i]
      set[#set + 1] = int(s) .. ' ' .. int(r + ARGV[at + 1]) .. ' ' .. int(e + ARGV[at + 2]) .. ' ' .. int(t + ARGV[at + 3]) .. ' ' .. int(l + ARGV[at + 4])
      changed[#changed + 1] = change
      changed[#changed + 1] = fields[i]
    end
  end
  redis.call('HSET', sums, unpack(set))
  if #changed > 0 then redis.call('ZADD', changes, unpack(changed)) end
  redis.call('PEXPIRE', sums, keep)
  redis.call('PEXPIRE', changes, keep)
end
local last = tonumber(redis.call('GET', BATCH) or 0)
if ARGV[11] == '1' then
  local sequence, stables, candidates = tonumber(ARGV[12]), tonumber(ARGV[14]), tonumber(ARGV[15])
  if sequence > last then
    if sequence ~= last + 1 then begin() end
    if ARGV[13] == '' or ARGV[13] == generation then
      add(KEYS[7], KEYS[8], 25, stables)
      add(KEYS[9], KEYS[10], 25 + stables * 5, candidates)
      if ARGV[16] == '1' then
        forget_former(KEYS[11])
        for i, field in ipairs({'ended', 'errors', 'headed', 'slow'}) do redis.call('HINCRBY', KEYS[11], field, ARGV[16 + i]) end
        redis.call('PEXPIRE', KEYS[11], 86400000)
      end
    end
    last = sequence
  end
  redis.call('SET', BATCH, int(last), 'PX', 3600000)
else
  redis.call('PEXPIRE', BATCH, 3600000)
end

-- What all have counted, as far as it is news.
local function changed(sums, changes, seen)
  local state = redis.call('HMGET', sums, 'g', 'c')
  if state[1] ~= generation or not state[2] then return {'0'} end
  if tonumber(seen) > tonumber(state[2]) then seen = '0' end
  local fields = redis.call('ZRANGEBYSCORE', changes, '(' .. seen, '+inf')
  if #fields == 0 then return {state[2]} end
  return {state[2], unpack(redis.call('HMGET', sums, unpack(fields)))}
end
local stable, candidate, step = {'0'}, {'0'}, {}
if ARGV[21] == '1' then
  stable = changed(KEYS[12], KEYS[13], ARGV[22])
  candidate = changed(KEYS[14], KEYS[15], ARGV[23])
  local sums = redis.call('HMGET', KEYS[16], 'g', 'ended', 'errors', 'headed', 'slow')
  if sums[1] == generation then for i = 1, 4 do step[i] = sums[i + 1] or '0' end end
end
return {
  int(now), int(epoch), int(seq), tag, text, generation, int(last),
  int(redis.call('ZCOUNT', PRESENT, int(now - expiry), '+inf')), int(redis.call('ZRANK', RANKS, me)),
  int(redis.call('ZCOUNT', WITHDRAWN, int(now), '+inf')),
  int(best_epoch), int(best_seq), best_tag, since, stable, candidate, step,
  redis.call('ZRANGEBYSCORE', PRESENT, int(now - expiry), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)[2]
}
`;
