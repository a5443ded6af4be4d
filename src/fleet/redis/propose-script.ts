/**
 * Compare-and-set of the document: the events go into a capped stream and the document to all who listen, in the same
 * moment. Nothing that gives a candidate more is accepted while a member has said that it knows of later events, nor
 * when it comes after its time: a server that stood still reads then what was sent to it long ago and has been given up.
 */
export const PROPOSE = `
local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local d = redis.call('HMGET', KEYS[1], 'epoch', 'seq', 'tag', 'best_epoch', 'best_seq', 'best_until')
local epoch, seq, tag = d[1] or '0', d[2] or '0', d[3] or ''
if epoch ~= ARGV[1] or seq ~= ARGV[2] or tag ~= ARGV[3] then return {'conflict', redis.call('HGET', KEYS[1], 'text') or ''} end
if ARGV[8] == '1' and now > tonumber(ARGV[9]) then return {'late', ''} end
local function later(e1, s1, e2, s2) return e1 > e2 or (e1 == e2 and s1 > s2) end
if d[4] then
  local best_epoch, best_seq = tonumber(d[4]), tonumber(d[5])
  local is_lost = later(best_epoch, best_seq, tonumber(epoch), tonumber(seq)) and now <= tonumber(d[6] or 0)
  if is_lost and ARGV[8] == '1' then return {'recovering', ''} end
  if not later(best_epoch, best_seq, tonumber(ARGV[4]), tonumber(ARGV[5])) then
    redis.call('HDEL', KEYS[1], 'best_epoch', 'best_seq', 'best_tag', 'best_since', 'best_until')
  end
end
redis.call('HSET', KEYS[1], 'epoch', ARGV[4], 'seq', ARGV[5], 'tag', ARGV[6], 'text', ARGV[7])
for i = 11, #ARGV do redis.call('XADD', KEYS[2], 'MAXLEN', '~', 1000, '*', 'event', ARGV[i]) end
redis.call('PUBLISH', ARGV[10], ARGV[7])
return {'accepted', ''}
`;
