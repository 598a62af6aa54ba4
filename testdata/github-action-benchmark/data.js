window.BENCHMARK_DATA = {
  "lastUpdate": 1795200000000,
  "repoUrl": "https://github.com/example/stoq",
  "entries": {
    "Rust": [
      {
        "commit": {
          "id": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        },
        "date": 1,
        "tool": "cargo",
        "benches": [
          {
            "name": "sums",
            "value": 135,
            "range": "± 24",
            "unit": "ns/iter"
          },
          {
            "name": "gone",
            "value": 7,
            "range": "± 1",
            "unit": "ns/iter"
          }
        ]
      },
      {
        "commit": {
          "id": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
        },
        "date": 2,
        "tool": "cargo",
        "benches": [
          {
            "name": "sums",
            "value": 165.5,
            "range": "± 24",
            "unit": "ns/iter"
          }
        ]
      }
    ]
  }
}