; What the SYNs and SYN+ACKs of operating systems look like, in the file format of p0f 3.
;
; Written for this project from general knowledge of the stacks, CC0-1.0; no other table was copied.
; Which signatures there are was also guided by labelled captures (the summary of another tool's
; words on them was at hand). Versions were not checked against real systems.
;
; sig = version:initial ttl:length of IP options:MSS:window,scale:options:quirks:payload
; `s` is specific, `g` what a family has in common; class `!` are programs that make packets of
; their own. The first that fits counts, specific ones before generic ones.
; `flow` stands for IPv6 only, `df` and `id+` for IPv4 only.

[tcp:request]

; Linux: MSS, SACK permitted, timestamps, NOP, window scale. The window was 4 segments until 2.6,
; 10 from 3.1 on, 20 from 3.11 on; since 4.19 it is what 65535 holds of segments.

label = s:unix:Linux:2.6
sig = *:64:0:*:mss*4,5:mss,sok,ts,nop,ws:df,id+:0
sig = *:64:0:*:mss*4,6:mss,sok,ts,nop,ws:df,id+:0
sig = *:64:0:*:mss*4,7:mss,sok,ts,nop,ws:df,id+:0
sig = *:64:0:*:mss*4,8:mss,sok,ts,nop,ws:df,id+:0

label = s:unix:Linux:2.4
sig = *:64:0:*:mss*4,0:mss,sok,ts,nop,ws:df,id+:0
sig = *:64:0:*:mss*4,1:mss,sok,ts,nop,ws:df,id+:0
sig = *:64:0:*:mss*4,2:mss,sok,ts,nop,ws:df,id+:0

label = s:unix:Linux:2.2
sig = *:64:0:*:mss*11,0:mss,sok,ts,nop,ws:df,id+:0
sig = *:64:0:*:mss*22,0:mss,sok,ts,nop,ws:df,id+:0

label = s:unix:Linux:2.0
sig = *:64:0:*:mss*12,0:mss::0
sig = *:64:0:*:512,0:mss::0

label = s:unix:Linux:3.1 to 3.10
sig = *:64:0:*:mss*10,*:mss,sok,ts,nop,ws:df,id+:0
sig = *:64:0:*:mss*10,*:mss,sok,ts,nop,ws:df,id+,flow:0

label = s:unix:Linux:3.11 and newer
sig = *:64:0:*:mss*20,*:mss,sok,ts,nop,ws:df,id+:0
sig = *:64:0:*:mss*20,*:mss,sok,ts,nop,ws:df,id+,flow:0

label = s:unix:Linux:4.19 and newer
sig = *:64:0:*:mss*44,*:mss,sok,ts,nop,ws:df,id+:0
sig = *:64:0:*:mss*44,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig = *:64:0:*:mss*45,*:mss,sok,ts,nop,ws:df,id+:0
sig = *:64:0:*:mss*45,*:mss,sok,ts,nop,ws:df,id+,flow:0
sig = *:64:0:*:mss*46,*:mss,sok,ts,nop,ws:df,id+:0
sig = *:64:0:*:mss*46,*:mss,sok,ts,nop,ws:df,id+,flow:0

; Phones have larger receive buffers than servers, and hence another scale.
label = s:unix:Linux:(Android)
sig = *:64:0:*:65535,6:mss,sok,ts,nop,ws:df,id+:0
sig = *:64:0:*:65535,6:mss,sok,ts,nop,ws:df,id+,flow:0
sig = *:64:0:*:65535,8:mss,sok,ts,nop,ws:df,id+:0
sig = *:64:0:*:65535,8:mss,sok,ts,nop,ws:df,id+,flow:0
sig = *:64:0:*:65535,9:mss,sok,ts,nop,ws:df,id+:0
sig = *:64:0:*:65535,9:mss,sok,ts,nop,ws:df,id+,flow:0

label = g:unix:Linux:
sig = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+:0
sig = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+,flow:0

label = g:unix:Linux:(without timestamps)
sig = *:64:0:*:*,*:mss,nop,nop,sok,nop,ws:df,id+:0
sig = *:64:0:*:*,*:mss,nop,nop,sok,nop,ws:df,id+,flow:0
sig = *:64:0:*:*,0:mss,nop,nop,sok:df,id+:0
sig = *:64:0:*:*,0:mss,sok,ts:df,id+:0

; Fast Open asks for a cookie or brings one (RFC 7413).
label = s:unix:Linux:3.7 and newer (Fast Open)
sig = *:64:0:*:*,*:mss,sok,ts,nop,ws,?34,nop,nop:df,id+:*
sig = *:64:0:*:*,*:mss,sok,ts,nop,ws,?34,nop,nop:df,id+,flow:*

; Windows: MSS, NOP, window scale, NOP, NOP, SACK permitted, TTL 128.

label = s:win:Windows:2000
sig = *:128:0:*:16384,0:mss,nop,nop,sok:df,id+:0

label = s:win:Windows:XP
sig = *:128:0:*:65535,0:mss,nop,nop,sok:df,id+:0
sig = *:128:0:*:65535,0:mss,nop,ws,nop,nop,sok:df,id+:0
sig = *:128:0:*:64240,0:mss,nop,nop,sok:df,id+:0
sig = *:128:0:*:65535,0:mss,nop,ws,nop,nop,ts,nop,nop,sok:df,id+:0

label = s:win:Windows:Vista to 8.1
sig = *:128:0:*:8192,0:mss,nop,nop,sok:df,id+:0
sig = *:128:0:*:8192,0:mss,nop,ws,nop,nop,sok:df,id+:0
sig = *:128:0:*:8192,2:mss,nop,ws,nop,nop,sok:df,id+:0
sig = *:128:0:*:8192,8:mss,nop,ws,nop,nop,sok:df,id+:0
sig = *:128:0:*:8192,2:mss,nop,ws,sok,ts:df,id+:0
sig = *:128:0:*:8192,8:mss,nop,ws,sok,ts:df,id+:0

label = s:win:Windows:10 or 11
sig = *:128:0:*:64240,8:mss,nop,ws,nop,nop,sok:df,id+:0
sig = *:128:0:*:65535,8:mss,nop,ws,nop,nop,sok:df,id+:0
sig = *:128:0:*:mss*44,8:mss,nop,ws,nop,nop,sok:df,id+:0
sig = *:128:0:*:mss*45,8:mss,nop,ws,nop,nop,sok:df,id+:0
sig = *:128:0:*:64800,8:mss,nop,ws,nop,nop,sok:df,id+:0
sig = *:128:0:*:64240,8:mss,nop,ws,nop,nop,sok:df,id+,flow:0
sig = *:128:0:*:65535,8:mss,nop,ws,nop,nop,sok:df,id+,flow:0

label = g:win:Windows:
sig = *:128:0:*:*,*:mss,nop,ws,nop,nop,sok:df,id+:0
sig = *:128:0:*:*,*:mss,nop,ws,nop,nop,sok:df,id+,flow:0
sig = *:128:0:*:*,0:mss,nop,nop,sok:df,id+:0
sig = *:128:0:*:*,*:mss,nop,ws,sok,ts:df,id+:0
sig = *:128:0:*:*,*:mss,nop,ws,nop,nop,ts,nop,nop,sok:df,id+:0

; Apple: MSS, NOP, window scale, NOP, NOP, timestamps, SACK permitted, end. Without an
; identification since 10.14 and iOS 12 (RFC 6864).

label = s:unix:Mac OS X:10.x
sig = *:64:0:*:65535,0:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0
sig = *:64:0:*:65535,1:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0
sig = *:64:0:*:65535,3:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0

label = s:unix:macOS:10.9 to 10.13 or iOS 7 to 11
sig = *:64:0:*:65535,4:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0
sig = *:64:0:*:65535,5:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0

label = s:unix:macOS:10.14 and newer or iOS 12 and newer
sig = *:64:0:*:65535,5:mss,nop,ws,nop,nop,ts,sok,eol+1:df:0
sig = *:64:0:*:65535,6:mss,nop,ws,nop,nop,ts,sok,eol+1:df:0
sig = *:64:0:*:65535,7:mss,nop,ws,nop,nop,ts,sok,eol+1:df:0
sig = *:64:0:*:65535,5:mss,nop,ws,nop,nop,ts,sok,eol+1:df,ecn:0
sig = *:64:0:*:65535,6:mss,nop,ws,nop,nop,ts,sok,eol+1:df,ecn:0
sig = *:64:0:*:65535,7:mss,nop,ws,nop,nop,ts,sok,eol+1:df,ecn:0
sig = *:64:0:*:65535,5:mss,nop,ws,nop,nop,ts,sok,eol+1:df,flow:0
sig = *:64:0:*:65535,6:mss,nop,ws,nop,nop,ts,sok,eol+1:df,flow:0
sig = *:64:0:*:65535,6:mss,nop,ws,nop,nop,ts,sok,eol+1:df,ecn,flow:0

label = g:unix:macOS:or iOS
sig = *:64:0:*:*,*:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0
sig = *:64:0:*:*,*:mss,nop,ws,nop,nop,ts,sok,eol+1:df:0
sig = *:64:0:*:*,*:mss,nop,ws,nop,nop,ts,sok,eol+1:df,flow:0
sig = *:64:0:*:*,0:mss,sok,eol+1:df,id+:0
sig = *:64:0:*:*,0:mss,sok,eol+1:df:0

; The BSDs.

label = s:unix:FreeBSD:
sig = *:64:0:*:65535,*:mss,nop,ws,sok,ts:df,id+:0
sig = *:64:0:*:65535,*:mss,nop,ws,sok,ts:df:0
sig = *:64:0:*:65535,*:mss,nop,ws,sok,ts:df,id+,flow:0
sig = *:64:0:*:65535,*:mss,nop,ws,sok,eol+1:df,id+:0

label = s:unix:OpenBSD:
sig = *:64:0:*:16384,*:mss,nop,nop,sok,nop,ws,nop,nop,ts:df,id+:0
sig = *:64:0:*:16384,*:mss,nop,nop,sok,nop,ws,nop,nop,ts:df,id+,flow:0

label = g:unix:OpenBSD:
sig = *:64:0:*:*,*:mss,nop,nop,sok,nop,ws,nop,nop,ts:df,id+:0

label = s:unix:NetBSD:
sig = *:64:0:*:32768,*:mss,nop,ws,sok,nop,nop,nop,nop,ts:df,id+:0
sig = *:64:0:*:32768,*:mss,nop,ws,sok,nop,nop,ts:df,id+:0
sig = *:64:0:*:32768,*:mss,nop,ws,sok,nop,nop,ts:df:0

; The elder.

label = s:unix:Solaris:10
sig = *:64:0:*:mss*34,0:mss,nop,ws,nop,nop,sok:df,id+:0

label = s:unix:Solaris:8
sig = *:64:0:*:mss*17,0:nop,nop,sok,mss:df,id+:0
sig = *:64:0:*:mss*17,0:mss,nop,nop,sok:df,id+:0

label = g:unix:Solaris:11
sig = *:64:0:*:*,*:sok,ts,mss,nop,ws:df,id+:0

label = s:unix:HP-UX:11
sig = *:64:0:*:32768,0:mss,ws,nop:df,id+:0
sig = *:64:0:*:32768,0:mss,nop,ws,nop,nop,ts:df,id+:0

label = g:unix:AIX:
sig = *:64:0:*:*,*:mss,nop,ws,nop,nop,ts:df,id+:0

; A lone MSS is what small stacks send, and Linux with everything switched off.
label = g:unix:Linux:(nothing but MSS)
sig = *:64:0:*:*,0:mss:df,id+:0

; Small stacks and network devices.

label = s:other:Cisco IOS:
sig = *:255:0:*:4128,0:mss::0
sig = *:255:0:*:4128,0:mss:id-:0

label = g:other:lwIP:
sig = *:255:0:*:mss*4,0:mss::0
sig = *:255:0:*:5840,0:mss::0
sig = *:255:0:*:5744,0:mss::0

label = s:other:uIP:
sig = *:64:0:*:mss*1,0:mss::0

; Programs that make packets of their own. nmap: a window of 1 to 4 KiB and a TTL by chance.

label = s:!:nmap:SYN scan
sig = *:64-:0:1460:1024,0:mss::0
sig = *:64-:0:1460:2048,0:mss::0
sig = *:64-:0:1460:3072,0:mss::0
sig = *:64-:0:1460:4096,0:mss::0

label = s:!:nmap:OS detection
sig = *:64-:0:1460:1,10:ws,nop,mss,ts,sok:ts2+:0
sig = *:64-:0:1400:63,0:mss,ws,sok,ts,eol+0:ts2+:0
sig = *:64-:0:640:4,5:ts,nop,nop,ws,nop,mss:ts2+:0
sig = *:64-:0:536:16,10:mss,sok,ts,ws,eol+0:ts2+:0
sig = *:64-:0:265:512,0:mss,sok,ts:ts2+:0

label = s:!:ZMap:
sig = *:255:0:1460:65535,0:mss::0
sig = *:255:0:0:65535,0:::0

label = s:!:masscan:
sig = *:255:0:0:1024,0:::0
sig = *:255:0:1460:1024,0:mss::0

label = s:!:hping3:
sig = *:64:0:0:512,0:::0

[tcp:response]

; Linux answers with its own window; without SACK or timestamps if the client has none.

label = s:unix:Linux:2.4 to 2.6
sig = *:64:0:*:mss*4,0:mss:df:0
sig = *:64:0:*:mss*4,0:mss,nop,ws:df:0
sig = *:64:0:*:mss*4,0:mss,nop,nop,sok:df:0
sig = *:64:0:*:mss*4,0:mss,sok,ts:df:0
sig = *:64:0:*:mss*4,*:mss,nop,nop,sok,nop,ws:df:0
sig = *:64:0:*:mss*4,*:mss,sok,ts,nop,ws:df:0
sig = *:64:0:*:mss*4,*:mss,nop,nop,ts,nop,ws:df:0

label = s:unix:Linux:3.1 and newer
sig = *:64:0:*:mss*10,0:mss:df:0
sig = *:64:0:*:mss*10,*:mss,nop,ws:df:0
sig = *:64:0:*:mss*10,0:mss,nop,nop,sok:df:0
sig = *:64:0:*:mss*10,0:mss,sok,ts:df:0
sig = *:64:0:*:mss*10,*:mss,nop,nop,sok,nop,ws:df:0
sig = *:64:0:*:mss*10,*:mss,sok,ts,nop,ws:df:0
sig = *:64:0:*:mss*10,*:mss,nop,nop,ts,nop,ws:df:0

label = s:unix:Linux:3.11 and newer
sig = *:64:0:*:mss*20,*:mss,nop,nop,sok,nop,ws:df:0
sig = *:64:0:*:mss*20,*:mss,sok,ts,nop,ws:df:0

label = s:unix:Linux:4.19 and newer
sig = *:64:0:*:mss*44,0:mss:df:0
sig = *:64:0:*:mss*45,0:mss:df:0
sig = *:64:0:*:mss*44,*:mss,nop,ws:df:0
sig = *:64:0:*:mss*45,*:mss,nop,ws:df:0
sig = *:64:0:*:mss*44,0:mss,nop,nop,sok:df:0
sig = *:64:0:*:mss*45,0:mss,nop,nop,sok:df:0
sig = *:64:0:*:mss*44,0:mss,sok,ts:df:0
sig = *:64:0:*:mss*45,0:mss,sok,ts:df:0
sig = *:64:0:*:mss*44,*:mss,nop,nop,ts,nop,ws:df:0
sig = *:64:0:*:mss*45,*:mss,nop,nop,ts,nop,ws:df:0
sig = *:64:0:*:mss*44,*:mss,nop,nop,sok,nop,ws:df:0
sig = *:64:0:*:mss*44,*:mss,sok,ts,nop,ws:df:0
sig = *:64:0:*:mss*45,*:mss,nop,nop,sok,nop,ws:df:0
sig = *:64:0:*:mss*45,*:mss,sok,ts,nop,ws:df:0
sig = *:64:0:*:mss*44,*:mss,sok,ts,nop,ws:df,flow:0
sig = *:64:0:*:mss*45,*:mss,sok,ts,nop,ws:df,flow:0

label = g:unix:Linux:
sig = *:64:0:*:*,*:mss,sok,ts,nop,ws:df:0
sig = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,flow:0
sig = *:64:0:*:*,*:mss,nop,nop,sok,nop,ws:df:0
sig = *:64:0:*:*,*:mss,nop,nop,sok,nop,ws:df,flow:0

label = s:win:Windows:XP or Server 2003
sig = *:128:0:*:65535,0:mss:df,id+:0
sig = *:128:0:*:65535,0:mss,nop,nop,sok:df,id+:0
sig = *:128:0:*:65535,0:mss,nop,ws:df,id+:0
sig = *:128:0:*:65535,0:mss,nop,ws,nop,nop,sok:df,id+:0
sig = *:128:0:*:65535,0:mss,nop,ws,nop,nop,ts,nop,nop,sok:df,id+:0
sig = *:128:0:*:16384,0:mss:df,id+:0
sig = *:128:0:*:16384,0:mss,nop,nop,sok:df,id+:0
sig = *:128:0:*:16384,0:mss,nop,ws:df,id+:0
sig = *:128:0:*:16384,0:mss,nop,ws,nop,nop,sok:df,id+:0
sig = *:128:0:*:16384,0:mss,nop,ws,nop,nop,ts,nop,nop,sok:df,id+:0

label = s:win:Windows:Vista and newer
sig = *:128:0:*:8192,0:mss:df,id+:0
sig = *:128:0:*:8192,0:mss,nop,nop,sok:df,id+:0
sig = *:128:0:*:8192,*:mss,nop,ws:df,id+:0
sig = *:128:0:*:8192,*:mss,nop,ws,nop,nop,sok:df,id+:0
sig = *:128:0:*:8192,*:mss,nop,ws,sok,ts:df,id+:0
sig = *:128:0:*:8192,0:mss,sok,ts:df,id+:0

label = s:win:Windows:10, 11 or Server 2016 and newer
sig = *:128:0:*:65535,8:mss,nop,ws,nop,nop,sok:df,id+:0
sig = *:128:0:*:mss*44,8:mss,nop,ws,nop,nop,sok:df,id+:0
sig = *:128:0:*:65535,8:mss,nop,ws,sok,ts:df,id+:0
sig = *:128:0:*:mss*44,8:mss,nop,ws,sok,ts:df,id+:0

label = g:win:Windows:
sig = *:128:0:*:*,*:mss,nop,ws,nop,nop,sok:df,id+:0
sig = *:128:0:*:*,*:mss,nop,ws,sok,ts:df,id+:0

label = s:unix:macOS:or iOS
sig = *:64:0:*:65535,*:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0
sig = *:64:0:*:65535,*:mss,nop,ws,nop,nop,ts,sok,eol+1:df:0
sig = *:64:0:*:65535,*:mss,nop,ws,nop,nop,ts,sok,eol+1:df,flow:0

label = s:unix:FreeBSD:
sig = *:64:0:*:65535,*:mss,nop,ws,sok,ts:df,id+:0
sig = *:64:0:*:65535,*:mss,nop,ws,sok,ts:df:0
sig = *:64:0:*:65535,*:mss,nop,ws,sok,eol+1:df,id+:0

label = s:unix:OpenBSD:
sig = *:64:0:*:16384,*:mss,nop,nop,sok,nop,ws,nop,nop,ts:df,id+:0
sig = *:64:0:*:16384,*:mss,nop,nop,sok,nop,ws:df,id+:0

label = s:unix:HP-UX:11
sig = *:64:0:*:32768,0:mss:df:0
sig = *:64:0:*:32768,0:mss,nop,nop,ts:df:0
sig = *:64:0:*:32768,0:mss,ws,nop:df:0
sig = *:64:0:*:32768,0:mss,nop,nop,sok:df:0

label = g:unix:Solaris:
sig = *:64:0:*:*,0:nop,nop,ts,mss:df,id+:0
sig = *:64:0:*:*,*:nop,nop,ts,mss,nop,ws,nop,nop,sok:df,id+:0
sig = *:64:0:*:*,*:sok,ts,mss,nop,ws:df,id+:0

label = s:other:Cisco IOS:
sig = *:255:0:*:4128,0:mss::0
sig = *:255:0:*:4128,0:mss:id-:0
