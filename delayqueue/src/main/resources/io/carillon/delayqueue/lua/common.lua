-- Put before every script. KEYS[1] is the bucket's tag, {dq:b}: every key of a bucket begins with it, so that all of them
-- lie in one slot. A member is id(8) topic(4) priority(1) attempts(1) flags(1) spare(1); for one group, its bit follows.
local P = KEYS[1]
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local DUE, UNACKED, CNT, DEAD, GROUPS = P .. ':due', P .. ':unacked', P .. ':cnt', P .. ':dead', P .. ':groups'
local function topicOf(m) return struct.unpack('>I4', m, 9) end
local function readyKey(topic, bit) return P .. ':r:' .. topic .. ':' .. bit end
local function goneKey(topic) return P .. ':gone:' .. topic end
local function field(m, bit) return string.sub(m, 1, 8) .. string.char(bit) end
local function score(m, due) return (9 - string.byte(m, 13)) * 4398046511104 + due end
-- How often each of these failed, as far as any did.
local function failures(fields)
    local tries = {}
    if redis.call('EXISTS', CNT) == 0 then return tries end
    for i, n in ipairs(redis.call('HMGET', CNT, unpack(fields))) do tries[i] = tonumber(n or '0') end
    return tries
end
local known = {}
-- The groups of a topic: bit, first due time, attempts. A topic without groups keeps its messages for the first one, bit 0;
-- a deleted topic has none ('-' is how it was noted in :groups before there was a key that goes by itself).
local function groupsOf(topic)
    local list = known[topic]
    if not list then
        list = {}
        local text = redis.call('HGET', GROUPS, topic)
        if text == '-' or (not text and redis.call('EXISTS', goneKey(topic)) == 1) then
            list = {}
        elseif not text or text == '' then
            list[1] = {0, 0, 255}
        else
            for bit, from, max in string.gmatch(text, '(%d+):(%d+):(%d+)') do
                list[#list + 1] = {tonumber(bit), tonumber(from), tonumber(max)}
            end
        end
        known[topic] = list
    end
    return list
end
-- Wakes the owner, which sleeps until the time that 'wake' holds, when something is due earlier.
local function wakeFor(at)
    local w = redis.call('GET', P .. ':wake')
    if w and at < tonumber(w) then
        redis.call('SET', P .. ':wake', string.format('%.0f', at), 'PX', 60000)
        redis.call('PUBLISH', 'dq:wake', P)
    end
end
