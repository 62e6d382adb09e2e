//! Apache Kafka (protocol guide, request header v0 to v2): API, client id, topics by name.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "kafka",
    category: "message-queue",
    encrypted: false,
    // The size's highest byte: messages beyond 100 MiB are refused by default.
    over: &[(Transport::Tcp, &[0..=6])],
    ports: &[9092, 9093, 9094],
    bound: false,
    fields: &["api", "api_version", "client_id", "software", "software_version"],
    head: SHALLOW,
    inspect,
};

const LONGEST: u32 = 100 << 20;

/// The APIs by their key, and the highest version of each by the time of Kafka 4.
const APIS: [(&str, u16); 81] = [
    ("Produce", 13),
    ("Fetch", 18),
    ("ListOffsets", 11),
    ("Metadata", 13),
    ("LeaderAndIsr", 7),
    ("StopReplica", 4),
    ("UpdateMetadata", 8),
    ("ControlledShutdown", 3),
    ("OffsetCommit", 10),
    ("OffsetFetch", 10),
    ("FindCoordinator", 6),
    ("JoinGroup", 9),
    ("Heartbeat", 4),
    ("LeaveGroup", 5),
    ("SyncGroup", 5),
    ("DescribeGroups", 6),
    ("ListGroups", 5),
    ("SaslHandshake", 1),
    ("ApiVersions", 4),
    ("CreateTopics", 7),
    ("DeleteTopics", 6),
    ("DeleteRecords", 2),
    ("InitProducerId", 6),
    ("OffsetForLeaderEpoch", 4),
    ("AddPartitionsToTxn", 5),
    ("AddOffsetsToTxn", 4),
    ("EndTxn", 5),
    ("WriteTxnMarkers", 2),
    ("TxnOffsetCommit", 5),
    ("DescribeAcls", 3),
    ("CreateAcls", 3),
    ("DeleteAcls", 3),
    ("DescribeConfigs", 4),
    ("AlterConfigs", 2),
    ("AlterReplicaLogDirs", 2),
    ("DescribeLogDirs", 4),
    ("SaslAuthenticate", 2),
    ("CreatePartitions", 3),
    ("CreateDelegationToken", 3),
    ("RenewDelegationToken", 2),
    ("ExpireDelegationToken", 2),
    ("DescribeDelegationToken", 3),
    ("DeleteGroups", 2),
    ("ElectLeaders", 2),
    ("IncrementalAlterConfigs", 1),
    ("AlterPartitionReassignments", 1),
    ("ListPartitionReassignments", 0),
    ("OffsetDelete", 0),
    ("DescribeClientQuotas", 1),
    ("AlterClientQuotas", 1),
    ("DescribeUserScramCredentials", 0),
    ("AlterUserScramCredentials", 0),
    ("Vote", 2),
    ("BeginQuorumEpoch", 1),
    ("EndQuorumEpoch", 1),
    ("DescribeQuorum", 2),
    ("AlterPartition", 3),
    ("UpdateFeatures", 2),
    ("Envelope", 0),
    ("FetchSnapshot", 1),
    ("DescribeCluster", 2),
    ("DescribeProducers", 0),
    ("BrokerRegistration", 4),
    ("BrokerHeartbeat", 1),
    ("UnregisterBroker", 0),
    ("DescribeTransactions", 0),
    ("ListTransactions", 1),
    ("AllocateProducerIds", 0),
    ("ConsumerGroupHeartbeat", 1),
    ("ConsumerGroupDescribe", 1),
    ("ControllerRegistration", 0),
    ("GetTelemetrySubscriptions", 0),
    ("PushTelemetry", 0),
    ("AssignReplicasToDirs", 0),
    ("ListConfigResources", 1),
    ("DescribeTopicPartitions", 0),
    ("ShareGroupHeartbeat", 1),
    ("ShareGroupDescribe", 1),
    ("ShareFetch", 1),
    ("ShareAcknowledge", 1),
    ("AddRaftVoter", 1),
];

const API_VERSIONS: u16 = 18;

/// ApiVersions names the client's software since version 3.
const FLEXIBLE: u16 = 3;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let Some(size) = reader.array().map(u32::from_be_bytes) else {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    };
    if !(4..=LONGEST).contains(&size) {
        return Verdict::No;
    }
    let body = reader.up_to(usize::try_from(size).unwrap_or(usize::MAX));
    match request(body) {
        Some(request) => asked(look, &request, findings),
        None if body.len() < 10 && size >= 10 && !look.cut => Verdict::NeedMore,
        None => response(look, body),
    }
}

struct Request<'a> {
    name: &'static str,
    key: u16,
    version: u16,
    client: Option<&'a [u8]>,
    rest: &'a [u8],
}

fn request(body: &[u8]) -> Option<Request<'_>> {
    let mut reader = Reader::new(body);
    let (key, version, _correlation) = (reader.u16()?, reader.u16()?, reader.array::<4>()?);
    let (name, highest) = APIS.get(usize::from(key))?;
    if version > *highest {
        return None;
    }
    // A nullable string.
    let client = match reader.rest() {
        [0xff, 0xff, ..] => reader.u16().and(None),
        _ => Some(reader.block16()?),
    };
    let is_text = client
        .is_none_or(|client| client.len() <= 255 && client.iter().all(|byte| (b' '..=b'~').contains(byte)));
    is_text.then_some(Request { name, key, version, client, rest: reader.rest() })
}

fn asked(look: &Look<'_>, request: &Request<'_>, findings: &mut Findings) -> Verdict {
    let named = request.client.is_some_and(|client| client.len() >= 3);
    // Without a name, or with a short one, it is little: then it has to be whole, and of a young
    // connection.
    let size = Reader::new(look.bytes).array().map(u32::from_be_bytes);
    let whole = size.and_then(|size| usize::try_from(size).ok()?.checked_add(4)) == Some(look.bytes.len());
    let young = matches!(look.bytes, [_, _, _, _, _, _, _, _, 0, ..]);
    let believed = look.hinted && whole && young;
    if !named && !believed {
        return Verdict::No;
    }
    findings.note("api", request.name);
    findings.note("api_version", request.version);
    if let Some(client) = request.client {
        findings.note("client_id", lossy(client, NAME_MAX));
    }
    if request.key == API_VERSIONS && request.version >= FLEXIBLE {
        // Tagged fields, then two compact strings: their length plus one in front.
        let mut reader = Reader::new(request.rest.get(1..).unwrap_or_default());
        for field in ["software", "software_version"] {
            let Some(text) = reader.u8().and_then(|len| reader.take(usize::from(len.checked_sub(1)?))) else {
                break;
            };
            findings.note(field, lossy(text, NAME_MAX));
        }
    }
    if named {
        Verdict::proven("Kafka request", Want::Reply)
    } else {
        Verdict::likely("Kafka request with little of a client id", Want::Reply)
    }
}

/// A response has nothing but its request's correlation id.
fn response(look: &Look<'_>, body: &[u8]) -> Verdict {
    let asked = look.other.get(4..).and_then(request).is_some();
    match (look.other.get(8..12), body.get(..4)) {
        (Some(asked_id), Some(id)) if asked && asked_id == id => {
            Verdict::proven("Kafka response to a request", Want::Reply)
        }
        (None, Some(_)) if look.hinted && !look.cut => Verdict::NeedMore,
        _ => Verdict::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            29092,
            &[
                (SRC, b"\0\0\0\x22\0\x12\0\x03\0\0\0\x01\0\x08producer\0\x05java\x064.0.0\0"),
                (DST, b"\0\0\0\x0a\0\0\0\x01\0\0\0\0\0\0"),
            ],
        ),
        Sample::tcp(50000, 9092, &[(SRC, b"\0\0\0\x0e\0\x03\0\x01\0\0\0\x07\xff\xff\0\0\0\0")]),
        Sample::tcp(50000, 9092, &[(SRC, b"\0\0\0\x0c\0\x12\0\0\0\0\0\x01\0\x02me")]),
    ],
    near_miss: &[
        Sample::tcp(
            50000,
            9092,
            &[(SRC, b"\0\0\0\x22\0\x12\0\x13\0\0\0\x01\0\x08producer\0\x05java\x064.0.0\0")],
        ),
        Sample::tcp(50000, 9092, &[(SRC, b"\0\0\0\x12\0\x03\0\x01\0\0\0\x07\0\x04\x01\x02\x03\x04\0\0")]),
    ],
};
