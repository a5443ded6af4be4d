-- The load: 12 ordinary request headers, and a returning user's bucket in the cookie, a different one each time.
-- Arguments: method, bytes of request body.
local requests, turn, buckets = {}, 0, 200

function init(args)
  local method, size = args[1], tonumber(args[2])
  local body = size > 0 and string.rep("x", size) or nil
  for index = 1, buckets do
    requests[index] = wrk.format(method, nil, {
      ["Host"] = wrk.headers["Host"],
      ["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
      ["Accept"] = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
      ["Accept-Encoding"] = "gzip, deflate, br, zstd",
      ["Accept-Language"] = "en-US,en;q=0.9",
      ["Cookie"] = "session=9f8d7c6b5a49382716; weir=" .. (index * 10000 / buckets - 1) .. "; _ga=GA1.2.123456789.1700000000",
      ["X-Request-Id"] = "0f4b0f9e-6a53-4a7a-9a8b-7d9ab0f9f0a1",
      ["traceparent"] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      ["X-Forwarded-For"] = "203.0.113.7",
      ["X-Forwarded-Proto"] = "https",
      ["Authorization"] = "Bearer eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJl",
      ["Connection"] = "keep-alive",
    }, body)
  end
end

function request()
  turn = turn % buckets + 1
  return requests[turn]
end
