"""What stands, as gauges: named here, looked up by whoever can, shown at the next read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A gauge's name → values of its labels and the number.
Samples: TypeAlias = Mapping[str, Sequence[tuple[tuple[str, ...], float]]]


@dataclass(frozen=True, slots=True)
class Gauge:
    """A gauge as it is declared; ``told`` is for whoever sets up monitoring."""

    told: str
    labels: tuple[str, ...] = ()


#: Every gauge that there is. Those asked of the store are the same from each node.
GAUGES: dict[str, Gauge] = {
    "lienthong_build": Gauge(
        "Bản đang chạy; giá trị luôn là 1.", ("version", "python", "store")
    ),
    "lienthong_started_timestamp_seconds": Gauge("Lúc tiến trình bắt đầu phục vụ."),
    "lienthong_transfers": Gauge(
        "Lượt gửi chưa xong, theo cơ quan và trạng thái.", ("agency", "state")
    ),
    "lienthong_transfers_oldest_seconds": Gauge(
        "Lượt gửi lâu nhất của cơ quan ở trạng thái đó đã quá hạn gửi hay đứng yên"
        " bao nhiêu giây.",
        ("agency", "state"),
    ),
    "lienthong_lanes": Gauge(
        "Đường gửi của các đơn vị, theo cơ quan và trạng thái.", ("agency", "state")
    ),
    "lienthong_dossiers": Gauge(
        "Hồ sơ: đang mở, chưa có cơ quan có thẩm quyền.", ("state",)
    ),
    "lienthong_reports_unmatched": Gauge(
        "Phản hồi không khớp hồ sơ nào, đang chờ cán bộ."
    ),
    "lienthong_clocks_overdue": Gauge(
        "Thời hạn đang chạy đã quá hạn, theo bên đang giữ việc.", ("whose", "agency")
    ),
    "lienthong_alerts": Gauge(
        "Cảnh báo của cổng chưa kết thúc, theo mức.", ("severity",)
    ),
    "lienthong_nodes": Gauge("Nút của cổng: đang chạy, không thấy.", ("state",)),
    "lienthong_journal_unsealed_seconds": Gauge(
        "Dòng nhật ký lâu nhất chưa được niêm phong đã chờ bao nhiêu giây."
    ),
    "lienthong_store_asked": Gauge(
        "Kho có trả lời lần hỏi số liệu gần nhất không; 0 thì không có các số hỏi từ kho."
    ),
    "lienthong_store_away": Gauge("Kho không ghi được: 1."),
    "lienthong_store_backlog": Gauge("Việc đang chờ ghi vào kho ở nút này."),
    "lienthong_store_backlog_seconds": Gauge(
        "Việc chờ ghi lâu nhất ở nút này đã chờ bao nhiêu giây."
    ),
    "lienthong_loop_turned_seconds": Gauge(
        "Vòng làm việc quay lần gần nhất cách đây bao nhiêu giây.", ("loop",)
    ),
    "lienthong_engine_standing": Gauge(
        "Việc đến hạn mà không ai làm, vòng làm việc đứng yên.", ("what",)
    ),
    "lienthong_disk_free_bytes": Gauge(
        "Chỗ trống của đĩa: run là kho và khóa, files là tệp đính kèm ở đĩa riêng.",
        ("place",),
    ),
    "lienthong_disk_size_bytes": Gauge("Cỡ của đĩa đó.", ("place",)),
    "lienthong_certificate_seconds": Gauge(
        "Chứng thư của nút này còn hạn bao nhiêu giây.", ("name",)
    ),
    "lienthong_scanner_away": Gauge(
        "Phần mềm diệt mã độc không trả lời: 1; không quét thì 0."
    ),
    "lienthong_restored": Gauge("Lần khôi phục kho chưa được xác nhận."),
    "lienthong_log_lines_lost": Gauge("Dòng nhật ký không ghi ra được."),
    "lienthong_spans_lost": Gauge("Vết (trace) mà nơi nhận không nhận."),
    "lienthong_log_fields_left_out": Gauge(
        "Giá trị bị bỏ khỏi nhật ký vì có thể là dữ liệu cá nhân."
    ),
}


class Gauges(Collector):
    """Shows the samples that it was given last."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self.samples: Samples = {}

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Their names, so that no counter can have one of them."""
        for name, gauge in GAUGES.items():
            yield GaugeMetricFamily(name, gauge.told, labels=gauge.labels)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Those that are known; one that is not is left out rather than old."""
        for name, gauge in GAUGES.items():
            found = self.samples.get(name)
            if found is None:
                continue
            family = GaugeMetricFamily(name, gauge.told, labels=gauge.labels)
            for values, number in found:
                family.add_metric(values, number)
            yield family
