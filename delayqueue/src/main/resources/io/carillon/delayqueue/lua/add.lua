-- ARGV: mode ('new': only what is due within the horizon; 'all'), then member, due, ... After the due time there may be the
-- bits of groups that are done with it, as in '1764400000000:0,3,'.
-- Adds what is nowhere in this bucket yet: not waiting, not ready, not handed out. Returns how many.
local horizon = tonumber(redis.call('GET', P .. ':horizon') or '-1')
if ARGV[1] == 'all' then horizon = 9007199254740991 end
local found, doneBy = {}, {}
for i = 2, #ARGV, 2 do
    if not tonumber(ARGV[i + 1]) then
        local at, bits = string.match(ARGV[i + 1], '^(%d+):(.*)$')
        local done = {}
        for bit in string.gmatch(bits, '%d+') do done[tonumber(bit)] = true end
        ARGV[i + 1], doneBy[ARGV[i]] = at, done
    end
    if tonumber(ARGV[i + 1]) <= horizon then found[#found + 1] = ARGV[i] end
end
if #found == 0 then return 0 end
-- Which of these are in a set, asked at once; {} for an empty set. What is not in it is false.
local function lookUp(key, members)
    if redis.call('EXISTS', key) == 0 then return {} end
    return redis.call('ZMSCORE', key, unpack(members))
end
local waits, nth = lookUp(DUE, found), {}
local byTopic = {}
for i, m in ipairs(found) do
    nth[m] = i
    if not waits[i] then
        local topic = topicOf(m)
        local list = byTopic[topic]
        if not list then
            list = {}
            byTopic[topic] = list
        end
        list[#list + 1] = m
    end
end
-- For each message, the groups that have it, and those that should and do not.
local partly, missing = {}, {}
for topic, members in pairs(byTopic) do
    for _, g in ipairs(groupsOf(topic)) do
        local bit, owns = g[1], {}
        local suffix = string.char(bit)
        for i, m in ipairs(members) do owns[i] = m .. suffix end
        local ready, out = lookUp(readyKey(topic, bit), members), lookUp(UNACKED, owns)
        local again, dead = lookUp(DUE, owns), lookUp(DEAD, owns)
        for i, m in ipairs(members) do
            if ready[i] or out[i] or again[i] or dead[i] or (doneBy[m] and doneBy[m][bit]) then
                partly[m] = true
            else
                local list = missing[m]
                if not list then
                    list = {}
                    missing[m] = list
                end
                list[#list + 1] = g
            end
        end
    end
end
local puts, first = {}, nil
local function put(at, member)
    puts[#puts + 1] = at
    puts[#puts + 1] = member
    local due = tonumber(at)
    if not first or due < first then first = due end
end
for i = 2, #ARGV, 2 do
    local m, at = ARGV[i], ARGV[i + 1]
    local list = nth[m] and missing[m]
    if list then
        -- The same message may be named twice.
        missing[m] = nil
        local due, whole = tonumber(at), not partly[m]
        for _, g in ipairs(list) do
            if g[2] <= due then
                if whole then
                    put(at, m)
                    break
                end
                -- Some groups have it, others lost it: these get it again, each by itself.
                put(at, m .. string.char(g[1]))
            end
        end
    end
end
if not first then return 0 end
local added = 0
for i = 1, #puts, 1000 do
    added = added + redis.call('ZADD', DUE, 'NX', unpack(puts, i, math.min(i + 999, #puts)))
end
wakeFor(first)
return added
